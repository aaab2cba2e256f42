"""Turns the pinned packages into the files of `data/network/`: `python -m layers.build`. The app never builds."""
