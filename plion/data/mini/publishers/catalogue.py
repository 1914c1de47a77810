"""The function that publishes each corpus of mini12."""

from collections.abc import Mapping

from plion.data.mini.publishers import (
    aishell,
    commonvoice,
    fleurs,
    hub,
    librispeech,
    nsc,
    slr65,
    slr127,
)
from plion.data.mini.publishers.publication import Publisher

PUBLISHERS: Mapping[str, Publisher] = {
    "librispeech": librispeech.publish,
    "nsc": nsc.publish,
    "commonvoice_zh": commonvoice.publish,
    "aishell1": aishell.publish_1,
    "aishell3": aishell.publish_3,
    "fleurs_zh": fleurs.hub,
    "commonvoice_ta": commonvoice.publish,
    "slr65": slr65.publish,
    "slr127": slr127.publish,
    "fleurs_ta": fleurs.original,
    "mesolitica": hub.publish,
    "fleurs_ms": fleurs.original,
}
