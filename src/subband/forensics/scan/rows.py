"""The table: one row for each image, in Parquet.

uri          what opens the image: a path, a URL, tar://MEMBER::ARCHIVE, zip://MEMBER::ARCHIVE, hf:NAME:SPLIT[ROW]
uri_bytes    its exact bytes where the name is not UTF-8 (there `uri` is escaped), else null
unit, number the unit of the scan and the image's number in it; together they are unique
sha256       of the file, hexadecimal
bytes        length of the file
width, height, format
             of the upright picture
verdict      "real", "generated", "can't tell"; null if there is an error
reason       why, in one sentence
probability  calibrated probability of "generated"
source       most likely source: "real", a generator, or "unknown"
typical      how usual the picture is for the detector, 0..1
opinion      the detector's own verdict, before provenance and traces
sources      JSON: probability of each source
provenance   JSON: what the file says of itself, see `Finding`
traces       JSON: what its history left, see `Trace`
detector     its name
error        why there is no verdict
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from subband.forensics.scan.answers import Answer
from subband.forensics.scan.reading import File
from subband.runs.json_text import json_text
from subband.runs.lines import one_line
from subband.runs.names import printable

COLUMNS = {
    "uri": "string",
    "uri_bytes": "binary",
    "unit": "string",
    "number": "int64",
    "sha256": "string",
    "bytes": "int64",
    "width": "int32",
    "height": "int32",
    "format": "string",
    "verdict": "string",
    "reason": "string",
    "probability": "float64",
    "source": "string",
    "typical": "float64",
    "opinion": "string",
    "sources": "string",
    "provenance": "string",
    "traces": "string",
    "detector": "string",
    "error": "string",
}
"""Name → Arrow type of each column."""

NEVER_NULL = ("uri", "unit", "number")


def row_of(unit: str, file: File, answer: Answer) -> dict[str, Any]:
    """The row of one image."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= _named(file.uri) | {"unit": unit, "number": file.number}
    if file.content is not None:
        row |= {"sha256": hashlib.sha256(file.content).hexdigest(), "bytes": len(file.content)}
    row |= {"width": answer.width, "height": answer.height, "format": answer.format}
    error = file.error or answer.error
    found = answer.judgement
    if error is not None or found is None:
        return row | {"error": one_line(error or "no answer")}
    row |= {
        "verdict": found.verdict,
        "reason": _text(found.reason),
        "provenance": _json([asdict(finding) for finding in found.provenance]),
        "traces": _json([asdict(trace) for trace in found.traces]),
    }
    if (opinion := found.opinion) is not None:
        row |= {
            "probability": opinion.probability_generated,
            "source": _text(opinion.source),
            "typical": opinion.typical,
            "opinion": opinion.verdict,
            "sources": _json(dict(opinion.sources)),
            "detector": _text(opinion.detector),
        }
    return row


def encoded(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [
        pa.field(name, pa.type_for_alias(kind), name not in NEVER_NULL) for name, kind in COLUMNS.items()
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=pa.schema(fields)), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _named(uri: str) -> dict[str, Any]:
    try:
        uri.encode()
    except UnicodeEncodeError:
        return {"uri": printable(uri), "uri_bytes": os.fsencode(uri)}
    return {"uri": uri}


def _json(content: Any) -> str:
    return json_text(content, indent=None)


def _text(text: str) -> str:
    """Text that Parquet can hold: without lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()
