"""Control of linear systems on SciPy's Riccati solvers, and a quadcopter to fly with it.

regulators     LQR, with integrators, over finite horizons
kalman_filters steady and time-varying filters, disturbances as states
compensators   LQG: regulator and filter together
conditions     modes that no input moves or no output shows, by name
linear_model   linear models by automatic differentiation
quadcopter     the nonlinear model
quickest       the quickest flight within the motors' limits, by CasADi
controllers    feedback at hover, and along a plan
flight         batches of disturbed flights
course         checkpoints: plan, fly, measure
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.control.compensators import Compensator, lqg
    from subband.control.conditions import uncontrollable_modes, unobservable_modes
    from subband.control.controllers import Along, AtHover, acceleration_drives
    from subband.control.course import CHECKPOINTS, GENTLE, STEEP, Flown, fly
    from subband.control.flight import NOISE, Disturbances, Flight, simulate
    from subband.control.kalman_filters import Estimator, Filtered, kalman, kalman_filter, with_disturbance
    from subband.control.linear_model import linearise
    from subband.control.quadcopter import Quadcopter
    from subband.control.quickest import Plan, minimum_time
    from subband.control.regulators import IntegralRegulator, Regulator, lqi, lqr, lqr_horizon

__all__ = [
    "CHECKPOINTS",
    "GENTLE",
    "NOISE",
    "STEEP",
    "Along",
    "AtHover",
    "Compensator",
    "Disturbances",
    "Estimator",
    "Filtered",
    "Flight",
    "Flown",
    "IntegralRegulator",
    "Plan",
    "Quadcopter",
    "Regulator",
    "acceleration_drives",
    "fly",
    "kalman",
    "kalman_filter",
    "linearise",
    "lqg",
    "lqi",
    "lqr",
    "lqr_horizon",
    "minimum_time",
    "simulate",
    "uncontrollable_modes",
    "unobservable_modes",
    "with_disturbance",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "conditions": "uncontrollable_modes unobservable_modes",
        "controllers": "Along AtHover acceleration_drives",
        "course": "CHECKPOINTS GENTLE STEEP Flown fly",
        "flight": "NOISE Disturbances Flight simulate",
        "kalman_filters": "Estimator Filtered kalman kalman_filter with_disturbance",
        "linear_model": "linearise",
        "compensators": "Compensator lqg",
        "regulators": "IntegralRegulator Regulator lqi lqr lqr_horizon",
        "quickest": "Plan minimum_time",
        "quadcopter": "Quadcopter",
    },
)
