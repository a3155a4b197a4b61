import numpy as np
import pytest
from pictures import encoded, noise, smooth

from subband.data import FORMAT_FEATURES, FileFacts, decode, format_features
from subband.errors import InvalidInput


def column(features, name):
    return features[:, FORMAT_FEATURES.index(name)]


def test_columns():
    jpeg = decode(encoded(smooth(), "JPEG", quality=50)).facts
    png = decode(encoded(noise())).facts
    made = FileFacts(300, 10, 10, "array")
    strange = FileFacts(1, 2, 4, "XCF")
    features = format_features([jpeg, png, made, strange, jpeg])
    assert features.shape == (5, len(FORMAT_FEATURES))
    assert features.dtype == np.float64
    assert column(features, "bytes").tolist() == [jpeg.bytes, png.bytes, 300, 1, jpeg.bytes]
    assert column(features, "aspect").tolist() == [32 / 24, 32 / 24, 1, 0.5, 32 / 24]
    assert column(features, "container JPEG").tolist() == [1, 0, 0, 0, 1]
    assert column(features, "container array").tolist() == [0, 0, 1, 0, 0]
    assert column(features, "container other").tolist() == [0, 0, 0, 1, 0]
    assert column(features, "quantisation 0,0").tolist() == [16, 0, 0, 0, 16]
    assert column(features, "quantisation 0,1").tolist() == [11, 0, 0, 0, 11]
    one_hot = [name.startswith("container") for name in FORMAT_FEATURES]
    assert (features[:, one_hot].sum(1) == 1).all()
    assert len(set(FORMAT_FEATURES)) == len(FORMAT_FEATURES)


def test_bad_facts():
    with pytest.raises(InvalidInput, match="at least one"):
        format_features([])
    with pytest.raises(InvalidInput, match="64 entries or is empty, this one has 3"):
        format_features([FileFacts(1, 2, 3, "JPEG", (1, 2, 3))])
