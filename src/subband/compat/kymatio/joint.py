"""Joint time–frequency scattering with the arguments and layout of kymatio's development version."""

from math import floor, log2, nan
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.compat.kymatio.line import checked_q, checked_shape, checked_signal
from subband.compat.kymatio.transform import Transform
from subband.transforms.scattering import JointCoefficients, JointScattering

AVERAGES: dict[str | bool, bool | str] = {"local": True, "global": "global", False: False}


class Joint(Transform):
    """The transform over time and log-frequency, independent of the array library.

    kymatio has not released this transform; arguments, `meta()`, dictionary keys and axes follow its
    development version. Two differences: the log-frequency axis has more padding, against wrap-around, and
    arrays have rows for filters only, while kymatio's include the padding; strides are those of the averages,
    so that `stride` and `stride_fr` accept no other value.
    """

    rank: ClassVar[int] = 1

    def __init__(
        self,
        J: int,
        J_fr: int,
        Q: Any,
        shape: Any,
        T: Any = None,
        stride: int | None = None,
        Q_fr: Any = 1,
        F: Any = None,
        stride_fr: int | None = None,
        out_type: str = "array",
        format: str = "time",
        backend: Any = None,
    ) -> None:
        super().__init__()
        self.J, self.J_fr, self.backend = int(J), int(J_fr), self.choose_backend(backend)
        self.Q, self.Q_fr, self.shape = checked_q(Q), _checked_q_fr(Q_fr), checked_shape(shape)
        self.T, self.average = _checked_width("T", T, self.J, self.shape[0])
        self.F, self.average_fr = _checked_width("F", F, self.J_fr, (self.J + 1) * self.Q[0])
        self.log2_T, self.log2_F = floor(log2(self.T)), floor(log2(self.F))
        self.stride, self.stride_fr = 2**self.log2_T, 2**self.log2_F
        for name, given, own in (("stride", stride, self.stride), ("stride_fr", stride_fr, self.stride_fr)):
            if given is not None and given != own:
                raise NotImplementedError(f"{name}={given}: leave it out, for the average's stride of {own}")
        self.out_type, self.format = out_type, format

    @property
    def spec(self) -> JointScattering:
        """The equivalent Subband transform."""
        return JointScattering(
            J=self.J,
            J_fr=self.J_fr,
            Q=self.Q,
            Q_fr=self.Q_fr[0],
            T=None if self.average == "global" else self.T,
            F=None if self.average_fr == "global" else self.F,
            average=AVERAGES[self.average],
            average_fr=AVERAGES[self.average_fr],
            format=self.format,
        )

    def scattering(self, x: Array) -> Any:
        """(…, N) → coefficients.

        An array, (…, C, frames) in the format "time", (…, C, rows, frames) without order 0 in the format
        "joint"; a dictionary by filters; or a list with metadata. Globally averaged axes have length 1.
        """
        self._check_runtime_args()
        made = self.spec(checked_signal(self.real(self.accept(x)), self.shape[0]))
        if self.out_type == "array":
            return self._shaped(made.array)
        paths, each = self._described(), self._each(made)
        if self.out_type == "dict":
            return {path["n"]: one for path, one in zip(paths, each, strict=True)}
        return [{"coef": one, **path} for path, one in zip(paths, each, strict=True)]

    def meta(self) -> dict[str, Any]:
        """Metadata of the coefficients, in order.

        "key"; "n" (filters of order 1, as a range in the format "joint", and of order 2), "n_fr", "order";
        "xi", "sigma" and "j", one column for each order over time; "xi_fr", "sigma_fr", "j_fr", "spin". NaN
        where not applicable.
        """
        spec, paths = self.spec, self._described()
        if self.format == "joint" and self.out_type == "array":
            paths = paths[1:]
        banks = spec.time.banks
        rising = [(one.xi, one.sigma, one.j) for one in spec.bank_fr.filters]
        falling = [(-xi, sigma, j) for xi, sigma, j in rising]
        over = [(0.0, 0.1 / 2**self.J_fr, self.J_fr), *rising, *falling]
        n = np.empty((len(paths), 2), dtype=object)
        for row, path in zip(n, paths, strict=True):
            row[0], row[1] = _over_time(path, self.format)
        n_fr = [path.get("n_fr", (nan,))[0] for path in paths]
        meta: dict[str, Any] = {
            "key": [path["n"] for path in paths],
            "n": n,
            "n_fr": np.array(n_fr),
            "order": np.array([path["order"] for path in paths]),
        }

        def value(order: int, k: Any, field: str) -> float:
            return getattr(banks[order].filters[k], field) if isinstance(k, int) else nan

        for column, field in enumerate(("xi", "sigma", "j")):
            meta[field] = np.array([[value(order, k, field) for order, k in enumerate(row)] for row in n])
            meta[f"{field}_fr"] = np.array([over[k][column] if isinstance(k, int) else nan for k in n_fr])
        meta["spin"] = np.sign(meta["xi_fr"])
        return meta

    def _shaped(self, one: Array, rows: bool = True) -> Array:
        """Insert axes of length 1 for global averages."""
        one = one[..., None] if self.average == "global" else one
        lost = rows and self.format == "joint" and self.average_fr == "global"
        return namespace(one).expand_dims(one, axis=-2) if lost else one

    def _each(self, made: JointCoefficients) -> list[Array]:
        """The coefficients of each path, order 0 first, cropped to the rows of the path's parent filters."""
        if isinstance(made.array, tuple):
            each = [self._shaped(one) for one in made.array]
        else:
            whole, axes = self._shaped(made.array), 2 if self.format == "joint" else 1
            each = [whole[(..., c, *(slice(None),) * axes)] for c in range(len(made.paths))]
        if made.zeroth is None:
            return each
        rows = [len(range(0, path["n1_max"], path["n1_stride"])) for path in self._described()[1:]]
        cut = [one[..., :count, :] for one, count in zip(each, rows, strict=True)]
        return [self._shaped(made.zeroth, rows=False), *cut]

    def _described(self) -> list[dict[str, Any]]:
        """kymatio's metadata of each path, order 0 first; "n" is the key of dictionaries."""
        spec, paths = self.spec, self.spec.paths
        first, second = (bank.filters for bank in spec.time.banks)
        scales = [self.J_fr, *[one.j for one in spec.bank_fr.filters] * 2]
        found: list[dict[str, Any]] = [{"j": (), "n": (), "order": 0}]
        rows = dict(zip(paths.nodes, zip(paths.strides, paths.rows, strict=True), strict=True))
        for path in paths:
            if path.order == 0:
                continue
            stride, _ = rows[path._replace(n1=-1)]
            count = sum(one.j < second[path.n2].j for one in first) if path.order == 2 else len(first)
            n2 = (path.n2,) if path.order == 2 else ()
            n1 = (max(path.n1, 0),) if self.format == "time" else ()
            found.append(
                {
                    "j": (-1, *[second[k].j for k in n2]),
                    "n": (*n1, *n2, path.n_fr),
                    "j_fr": (scales[path.n_fr],),
                    "n_fr": (path.n_fr,),
                    "spin": path.spin,
                    "order": path.order,
                }
            )
            if self.format == "joint":
                found[-1] |= {"n1_max": count, "n1_stride": count if stride < 0 else 2**stride}
        return found

    def _check_runtime_args(self) -> None:
        if self.out_type not in ("array", "dict", "list"):
            raise ValueError(f"The out_type must be one of 'array', 'dict', or 'list'. Got: {self.out_type}")
        if self.format not in ("time", "joint"):
            raise ValueError(f"format must be 'time' or 'joint'. Got: {self.format}")
        if self.out_type == "array" and not self.average:
            raise ValueError("Cannot convert to out_type='array' with T=0. Set it to 'dict' or 'list'.")
        if self.out_type == "array" and self.format == "joint" and not self.average_fr:
            raise ValueError(
                "Cannot convert to format='joint' with out_type='array' and F=0. Set format='time', or out_type to "
                "'dict' or 'list'."
            )


def _over_time(path: dict[str, Any], format: str) -> tuple[Any, Any]:
    """The filters of order 1 and 2 of a path, NaN for none; for order 1 a range in the format "joint"."""
    if path["order"] == 0:
        return nan, nan
    n1 = path["n"][0] if format == "time" else range(0, path["n1_max"], path["n1_stride"])
    return n1, path["n"][-2] if path["order"] == 2 else nan


def _checked_q_fr(Q_fr: Any) -> tuple[int]:
    if np.any(np.array(Q_fr) < 1):
        raise ValueError(f"Q_fr must be >= 1, got {Q_fr}")
    if isinstance(Q_fr, Integral):
        return (int(Q_fr),)
    if not isinstance(Q_fr, tuple):
        raise ValueError("Q_fr must be an integer or 1-tuple.")
    if len(Q_fr) != 1:
        raise NotImplementedError(
            "Q_fr must be an integer or 1-tuple: there is one order over log-frequency."
        )
    return (int(Q_fr[0]),)


def _checked_width(name: str, given: Any, scale: int, most: int) -> tuple[float, str | bool]:
    """Width and kind of an average: "local", "global" or False."""
    if given is None:
        return 2**scale, "local"
    if given == "global":
        return 2 ** floor(log2(most)), "global"
    if given == 0:
        return 2**scale, False
    if given > most:
        raise ValueError(
            f"The support {name} of the low-pass filter cannot exceed input length (got {given} > {most})"
        )
    if given < 1:
        raise ValueError(f"{name} must be ==0 or >=1 (got {given})")
    return given, "local"
