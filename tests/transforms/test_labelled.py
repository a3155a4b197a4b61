"""Objects of pandas and xarray in, their names and coordinates out."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput

xarray = pytest.importorskip("xarray", reason="xarray is not installed: pip install 'subband[xarray]'")


@pytest.fixture
def series(rng) -> pd.Series:
    """A tone of 20 Hz in noise, 250 samples a second."""
    index = pd.date_range("2024-01-01", periods=512, freq="4ms", name="when")
    tone = np.cos(2 * np.pi * 20 * np.arange(512) / 250) + 0.1 * rng.standard_normal(512)
    return pd.Series(tone, index=index, name="acceleration")


@pytest.fixture
def field(rng) -> xarray.DataArray:
    return xarray.DataArray(
        rng.standard_normal((3, 32, 24)),
        dims=("time", "y", "x"),
        coords={"time": [10.0, 20.0, 30.0], "y": np.linspace(5, 8.1, 32), "x": 0.5 * np.arange(24), "place": "sea"},
        name="height",
        attrs={"units": "m"},
    )  # fmt: skip


def test_a_series_has_a_sampling_rate(series) -> None:
    c = sb.cwt(series, "morse")
    assert c.spec.fs == pytest.approx(250)
    np.testing.assert_array_equal(c.array, sb.cwt(series.to_numpy(), "morse", fs=c.spec.fs).array)
    made = c.to_xarray()
    assert made.dims == ("frequency", "when")
    assert made.name == "acceleration"
    pd.testing.assert_index_equal(made.indexes["when"], series.index, check_names=False, exact=False)
    loudest = abs(made).sel(when=series.index[256]).idxmax("frequency")
    assert float(loudest) == pytest.approx(20, rel=0.04)
    ridge = sb.extract_ridge(sb.synchrosqueeze(c))
    assert isinstance(ridge, pd.Series)
    assert ridge.index.equals(series.index)
    assert ridge.iloc[256] == pytest.approx(20, rel=0.04)


INDEXES = {
    "seconds": (lambda n: pd.Index(3 + 0.1 * np.arange(n)), 10.0),
    "float32": (lambda n: pd.Index((0.1 * np.arange(n)).astype("f4")), 10.0),
    "falling": (lambda n: pd.Index(90 - 0.5 * np.arange(n)), 2.0),
    "counted": (lambda n: pd.RangeIndex(n), 1.0),
    "durations": (lambda n: pd.to_timedelta(20 * np.arange(n), unit="ms"), 50.0),
    "time zone": (lambda n: pd.date_range("2024-03-30", periods=n, freq="h", tz="Europe/Berlin"), 1 / 3600),
    "days since long ago": (lambda n: pd.Index(np.datetime64("0800-01-01", "s") + 86400 * np.arange(n)), 1 / 86400),
    "rounded to milliseconds": (
        lambda n: pd.date_range("2024", periods=n, freq="130200us").round("ms"), 1 / 0.1302
    ),
    "months": (lambda n: pd.period_range("1950-01", periods=n, freq="M"), 1.0),
}  # fmt: skip


@pytest.mark.parametrize("kind", INDEXES)
def test_indexes(kind: str, rng) -> None:
    make, rate = INDEXES[kind]
    x = pd.Series(rng.standard_normal(96), index=make(96))
    s = sb.stft(x, "hann", 8)
    assert s.framing.fs == pytest.approx(rate, rel=1e-4)
    back = sb.istft(s)
    pd.testing.assert_series_equal(back, x, check_freq=False)
    if kind != "months":
        times = s.to_xarray().coords["time"].to_numpy()
        first = np.flatnonzero(np.arange(s.framing.frames) + s.framing.first == 0)[0]
        step = 8 * (x.index[95] - x.index[0]) / 95
        apart = pd.Series(times[[first, first + 1]]).diff().iloc[1]
        assert abs((apart - step) / step) < 1e-4
        start = pd.Series(x.index.tz_convert(None) if kind == "time zone" else x.index).iloc[0]
        assert abs((pd.Series(times).iloc[first] - start) / step) < 1e-3


@pytest.mark.parametrize(
    "call",
    [
        lambda x: sb.denoise(x, "db4"),
        lambda x: sb.shift(x, 1.5),
        lambda x: sb.threshold(x, 0.1),
        lambda x: sb.threshold_firm(x, 0.1, 0.2),
        lambda x: sb.idwt(sb.dwt(x, "db4").map(lambda band: sb.threshold(band, 0.1))),
        lambda x: sb.iswt(sb.swt(x, "db2", level=2)),
        lambda x: sb.mra(x, "db2", level=2)[1]["d"],
        lambda x: sb.imra(sb.mra(x, "db2", level=2)),
        lambda x: sb.icwt(sb.cwt(x)),
        lambda x: sb.isynchrosqueeze(sb.synchrosqueeze(sb.cwt(x, "morse"))),
        lambda x: sb.istft(sb.stft(x, "hann", 16)),
        lambda x: sb.ipackets(sb.packets(x, "haar", level=2)),
        lambda x: sb.ipacket_basis(sb.best_basis(x, "haar", level=2)),
        lambda x: sb.idtcwt(sb.dtcwt(x, level=2)),
        lambda x: sb.unlift(sb.lift(x, "cdf2.2")),
    ],
)
def test_what_has_the_shape_of_the_signal_has_its_labels(call, series) -> None:
    plain = call(series.to_numpy())
    made = call(series)
    np.testing.assert_allclose(made, plain, rtol=1e-9, atol=1e-9)
    pd.testing.assert_series_equal(made, pd.Series(plain, series.index, name=series.name), rtol=1e-9)
    frame = pd.DataFrame({"a": series, "b": 2 * series})
    along = call(frame)
    assert isinstance(along, pd.DataFrame)
    assert along.columns.equals(frame.columns)
    assert along.index.equals(series.index)
    if call(np.ones((2, 512))).ndim == 2 and "0.1" not in str(call.__code__.co_consts):
        np.testing.assert_allclose(along["a"], plain, rtol=1e-9, atol=1e-9)  # signals are its columns
    array = call(xarray.DataArray(series))
    assert isinstance(array, xarray.DataArray)
    np.testing.assert_array_equal(array, made)
    assert array.coords["when"].equals(xarray.DataArray(series).coords["when"])


def test_axes_by_name(field) -> None:
    c = sb.dwt(field, "db2", level=2, axes=("x", "y"))
    want = sb.dwt(field.values, "db2", level=2, axes=(2, 1))
    np.testing.assert_array_equal(c.array, want.array)
    back = sb.idwt(c)
    xarray.testing.assert_allclose(back, field, atol=1e-9)
    assert back.attrs == field.attrs
    assert back.name == "height"
    moved = sb.shift(field, 2, axes="y")
    np.testing.assert_allclose(moved, np.roll(field.values, 2, axis=1), atol=1e-9)
    assert moved.coords["place"] == "sea"
    np.testing.assert_array_equal(
        sb.stft(field, "hann", 4, axis="x").array, sb.stft(field.values, "hann", 4, axis=2, fs=2.0).array
    )
    assert sb.stft(field, "hann", 4, axis=-1, fs=7).framing.fs == 7
    frame = pd.DataFrame(field.values[0])
    np.testing.assert_array_equal(
        sb.dwt(frame, "haar", axes="columns").array, sb.dwt(frame.to_numpy(), "haar", axes=1).array
    )


def test_two_labelled_signals_are_aligned_by_name(field) -> None:
    moved = sb.shift(field, (1.5, -2.0), axes=("y", "x"))
    found = sb.phase_correlation(field, moved.transpose("x", "time", "y"), axes=("y", "x"))
    # White noise at N/2 can't be moved.
    np.testing.assert_allclose(found.shift, [[1.5, -2.0]] * 3, atol=0.05)
    holes = field.where(field.y > 5.3)
    found = sb.phase_correlation(field, holes, axes=("y", "x"), moving_mask=field.x > 1)
    np.testing.assert_allclose(found.shift, 0, atol=0.02)
    with pytest.raises(InvalidInput, match=r"other coordinates along 'x': align them, e.g. xr.align\(a, b\)"):
        sb.phase_correlation(field, field.assign_coords(x=np.arange(24)), axes=("y", "x"))


def test_levels_are_a_dataset(field) -> None:
    made = sb.dwt(field, "db3", level=2, axes=("y", "x"), mode="symmetric").to_xarray()
    assert list(made) == ["aa2", "ad2", "da2", "dd2", "ad1", "da1", "dd1"]
    assert made["ad2"].dims == ("time", "y_2", "x_2")
    assert made.attrs == {"units": "m"}
    np.testing.assert_array_equal(made.coords["time"], field.time)
    for make in (lambda x: sb.lift(x, "cdf2.2", level=2), lambda x: sb.dtcwt(x, level=2)):
        made = make(field.isel(time=0, y=0)).to_xarray()
        assert {int(name[-1]) for name in made} == {1, 2}
        assert all(band.dims == (f"x_{name[-1]}",) for name, band in made.items())
    basis = sb.packet_basis(field, "haar", ["aa", "ad", "d"], axes="x").to_xarray()
    assert list(basis) == ["aa", "ad", "d"]
    assert basis["ad"].dims == ("time", "y", "x_2")


@pytest.mark.parametrize("mode", ["symmetric", "zero", "periodization", "orthogonal"])
@pytest.mark.parametrize("transform", ["dwt", "packets", "packet_basis"])
def test_coefficients_are_where_their_filters_are(mode: str, transform: str) -> None:
    """A step stands where Haar's coefficients of it are; other wavelets' are within their support of it."""
    for name, slack in (("haar", 0.5), ("sym4", 4), ("db2", 2)):
        x = xarray.DataArray(np.zeros(128), dims="t", coords={"t": 100 + 0.25 * np.arange(128)})
        x[61:] = 1.0
        if transform == "dwt":
            made = sb.dwt(x, name, level=2, mode=mode).to_xarray()
            bands = [made["d1"], made["d2"]]
        elif transform == "packets":
            made = sb.packets(x, name, level=2, mode=mode).to_xarray()
            np.testing.assert_allclose(made.frequency, [0.25, 0.75, 1.25, 1.75])
            bands = [made.sel(frequency=0.75)]
        else:
            made = sb.packet_basis(x, name, ["aa", "ad", "d"], mode=mode).to_xarray()
            bands = [made["ad"], made["d"]]
        for band in bands:
            axis = band.dims[-1]
            inside = band.sel({axis: slice(105, 125)})
            largest = float(abs(inside).idxmax(axis))
            assert abs(largest - (100 + 0.25 * 60.5)) <= 0.25 * (slack * (4 if "2" in axis else 2) + 1)


def test_bands_and_frames(field, series) -> None:
    made = sb.swt(field, "db2", level=2, axes="x").to_xarray()
    assert made.dims == ("time", "y", "band", "x")
    assert list(made.band.values) == ["a2", "d2", "d1"]
    components = sb.mra(series, "db2", level=3).to_xarray()
    xarray.testing.assert_allclose(components.sum("band"), xarray.DataArray(series))
    s = sb.stft(series, "hann", 16).to_xarray()
    assert s.dims == ("frequency", "when")
    assert float(s.frequency[-1]) == pytest.approx(125)
    assert pd.Timestamp("2024-01-01") in s.indexes["when"]
    peak = float(abs(s.sel(when="2024-01-01 00:00:01.024")).idxmax("frequency"))
    assert peak == pytest.approx(20, abs=2)
    both = sb.packets(field, "haar", level=1, axes=("y", "x")).to_xarray()
    assert both.dims == ("time", "frequency_y", "frequency_x", "y", "x")
    taken = sb.cwt(series.rename_axis("frequency")).to_xarray()
    assert taken.dims == ("frequency_", "frequency")


def test_plain_arrays_have_plain_names() -> None:
    x = np.ones((2, 64))
    made = sb.cwt(x, fs=8.0).to_xarray()
    assert made.dims == ("axis_0", "frequency", "time")
    assert float(made.time[-1]) == pytest.approx(63 / 8)
    assert set(sb.dwt(x, "haar", level=1, axes=(0, 1)).to_xarray().dims) == {"axis_0_1", "axis_1_1"}
    assert sb.swt(torch.ones(8), "haar", level=1).to_xarray().dims == ("band", "time")
    with pytest.raises(InvalidInput, match="can't name the axes of ScatteringCoefficients"):
        sb.Scattering(J=2)(x).to_xarray()


def test_pandas_missing_values_and_dtypes() -> None:
    x = pd.Series([1, 2, None, 4] * 4, dtype="Int64")
    assert np.isnan(sb.dwt(x, "haar", level=1).approx).sum() == 4
    assert sb.dwt(pd.Series(np.ones(8, "f4")), "haar", level=1).array.dtype == np.float32
    x.attrs["units"] = "m"
    assert sb.shift(x.fillna(0).astype(float), 1).attrs == {"units": "m"}


def test_programs_see_no_labels(series) -> None:
    c = sb.dwt(series, "haar", level=2)
    assert c.labels is not None
    doubled = jax.tree.map(lambda a: 2 * jnp.asarray(a), c)
    assert doubled.labels is None
    assert isinstance(sb.idwt(doubled), jax.Array)
    assert isinstance(sb.idwt(c.replace(torch.asarray(c.array))), torch.Tensor)
    assert jax.jit(sb.dwt, static_argnums=1)(jnp.ones(8), "haar").labels is None


ERRORS = {
    "no axis named": (
        lambda s, f: sb.cwt(f), r"has the axes \('time', 'y', 'x'\): say along which, e.g. axis='time'"
    ),
    "no axes named": (lambda s, f: sb.rotate(f, 0.1), r"say along which, e.g. axes=\('y', 'x'\)"),
    "an unknown axis": (lambda s, f: sb.dwt(f, "haar", axes="z"), "axes='z' names no axis of a DataArray"),
    "gaps in time": (
        lambda s, f: sb.cwt(s.iloc[[0, 1, 5, 9]]),
        r"'when' is not uniform: neighbours are 0.004 to 0.016 s apart; resample, e.g. x.resample\('1s'\)",
    ),
    "gaps in numbers": (
        lambda s, f: sb.dwt(f.isel(x=[0, 1, 5, 9, 11]), "haar", axes="x"),
        r"'x' is not uniform: .* e.g. x.interp\(x=np.linspace\(first, last, count\)\)",
    ),
    "gaps in a numbered Series": (
        lambda s, f: sb.denoise(pd.Series(np.ones(4), index=[0.0, 1.0, 2.0, 4.0])), "np.interp"
    ),
    "missing times": (
        lambda s, f: sb.cwt(pd.Series(np.ones(3), pd.DatetimeIndex(["2024", None, "2025"]))), "is not uniform"
    ),
    "one time": (lambda s, f: sb.cwt(pd.Series(np.ones(3), [1.0, 1.0, 1.0])), "is not uniform"),
    "words for times": (
        lambda s, f: sb.cwt(pd.Series(np.ones(3), index=list("abc"))), "neither numbers nor times: give fs"
    ),
    "words for numbers": (
        lambda s, f: sb.dwt(pd.DataFrame({"a": [1.0] * 8, "b": ["?"] * 8}), "haar"), "x.select_dtypes"
    ),
    "many arrays": (lambda s, f: sb.dwt(f.to_dataset(), "haar"), r"give one, e.g. x\['height'\]"),
    "axes that no one reads": (lambda s, f: sb.Scattering(J=2)(f), r"in order, e.g. x.to_numpy\(\)"),
    "columns that no one reads": (lambda s, f: sb.Scattering(J=2)(s.to_frame()), r"e.g. x.to_numpy\(\).T"),
    "too few axes": (lambda s, f: sb.rotate(s, 0.1), "has 1 axes, of 2 that are needed"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str, series, field) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(series, field)


def test_no_library_is_imported_that_the_user_has_not() -> None:
    code = (
        "import sys, numpy as np, subband as sb\n"
        "sb.denoise(np.ones(64)); sb.icwt(sb.cwt(np.ones(64))); sb.istft(sb.stft(np.ones(64), 'hann', 4))\n"
        "print({'pandas', 'xarray'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
