"""What this session brought with it: uploads in use, held by the session alone and gone with it unless saved."""

from typing import cast

import streamlit as st

from layers.own import NOTHING, Own, own_of
from layers.uploads import Kind, Upload
from layers.uploads import closure as closures

_UPLOADS, _OWN, _AREAS = "_brought", "_brought_own", "_brought_areas"


def uploads() -> dict[Kind, Upload]:
    """Give the uploads in use, one a kind."""
    return cast("dict[Kind, Upload]", st.session_state.get(_UPLOADS, {}))


def own() -> Own:
    """Give what stands beside or in place of our tables in this session's questions."""
    return cast("Own", st.session_state.get(_OWN, NOTHING))


def areas() -> frozenset[str]:
    """Give the areas that this session closes, as a scenario takes them."""
    return cast("frozenset[str]", st.session_state.get(_AREAS, frozenset()))


def use(upload: Upload) -> None:
    """
    Put an upload to use, in place of another of its kind.

    Raises
    ------
    BadInputError
        For more sites than may join the network; then all stays as it was.
    """
    _hold({**uploads(), cast("Kind", upload.kind): upload})


def drop(kind: Kind) -> None:
    """Use an upload no longer."""
    _hold({name: upload for name, upload in uploads().items() if name != kind})


def _hold(wanted: dict[Kind, Upload]) -> None:
    """Hold uploads with what follows from them."""
    found = own_of(*wanted.values())
    closed = closures.areas(wanted["closure"]) if "closure" in wanted else frozenset()
    st.session_state.update({_UPLOADS: wanted, _OWN: found, _AREAS: closed})


def note() -> None:
    """Say on a screen that what this session brought is in its answer."""
    held, closed = own(), areas()
    parts = [f"{len(held.facility_ids):,} of your facilities"] if held.facilities else []
    parts += ["your demand"] if held.demand else []
    parts += [f"{len(closed)} closed area{'s' * (len(closed) > 1)} of yours"] if closed else []
    if parts:
        st.caption(f"With {', '.join(parts)}: in this session alone, not in a link. See *Your data*.")
