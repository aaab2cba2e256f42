"""Computation: network, routes, corridors, scores. Opens no file, knows no screen."""
