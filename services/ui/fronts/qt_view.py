"""Takes back the zoom that OpenCV's window does by itself.

A turn of the wheel magnifies the whole window, buttons and all, and from then on a drag moves it; HighGUI has no flag
against that (opencv/opencv#11500). Its view, a QGraphicsView, can undo it: it has a slot `resetZoom`. This is the one
file that speaks to Qt, by the C++ names of the Qt 5 that lies in opencv-python's package.
"""

from collections.abc import Callable
from ctypes import CDLL, CFUNCTYPE, byref, c_char, c_char_p, c_int, c_int64, c_void_p, pointer
from pathlib import Path
from typing import Any

import cv2

_QT = "_ZN14QtOpenCVPython"
_POS = f"{_QT}7QCursor3posEv"
_WIDGET_AT = f"{_QT}12QApplication8widgetAtERKNS_6QPointE"
_WINDOW = "_ZNK14QtOpenCVPython7QWidget6windowEv"
_FIND_CHILD = (
    f"{_QT}20qt_qFindChild_helperEPKNS_7QObjectERKNS_7QStringERKNS_11QMetaObjectENS_6QFlagsINS_2Qt15FindChildOptionEEE"
)
_RUN_NEXT = f"{_QT}6QTimer10singleShotEiPKNS_7QObjectEPKc"
_NO_NAME = f"{_QT}10QArrayData11shared_nullE"
_VIEW = f"{_QT}13QGraphicsView16staticMetaObjectE"
_RECURSIVELY = 1
_SLOT = b"1resetZoom()"
"""As Qt's macro SLOT writes it."""


def zoom_reset() -> Callable[[], None]:
    """What to call when the wheel is told of, in HighGUI's mouse callback: Qt undoes the zoom before it next paints.

    Does nothing where OpenCV came with other windows than this Qt's.
    """
    try:
        return _bound(next(CDLL(str(path)) for path in Path(cv2.__file__).parent.glob("cv2*.so")))
    except (StopIteration, OSError, AttributeError, ValueError):
        return lambda: None


def _bound(library: CDLL) -> Callable[[], None]:
    """Through the library that links Qt, its names are found as well. AttributeError or ValueError where one is not."""

    def function(name: str, *types: Any) -> Any:
        return CFUNCTYPE(*types)((name, library))

    cursor = function(_POS, c_int64)
    widget_at = function(_WIDGET_AT, c_void_p, c_void_p)
    window_of = function(_WINDOW, c_void_p, c_void_p)
    find_child = function(_FIND_CHILD, c_void_p, c_void_p, c_void_p, c_void_p, c_int)
    run_next = function(_RUN_NEXT, None, c_int, c_void_p, c_char_p)
    no_name, view = pointer(c_char.in_dll(library, _NO_NAME)), c_char.in_dll(library, _VIEW)

    def reset() -> None:
        widget = widget_at(byref(c_int64(cursor())))
        found = find_child(window_of(widget), byref(no_name), byref(view), _RECURSIVELY) if widget else None
        if found:
            run_next(0, found, _SLOT)

    return reset
