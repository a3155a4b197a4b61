"""Step for step the samplers are those of diffusers, whose schedulers are the oracle here."""

import warnings

import pytest
import torch
from torch import nn

from subband.generate.diffusion import (
    Denoiser,
    EdmPath,
    Exploded,
    FlowPath,
    FromDiffusers,
    LabelsForDiffusers,
    StepPath,
    ancestral,
    corrupt,
    cosine_betas,
    ddim,
    dpm_solver,
    dpm_solver_sde,
    euler,
    heun,
    linear_betas,
    root_betas,
    time_grid,
)

diffusers = pytest.importorskip("diffusers")
T = 1000
CLOSE = {"atol": T * 2**-24, "rtol": T * 2**-24}
"""Theirs are products of up to T factors, each rounded to single precision; ours are in double."""


class Curved(nn.Module):
    """A network with no weights that no sampler can see through: smooth in x and t, and linear in neither."""

    def forward(self, x, t):
        t = t.reshape(-1, 1, 1, 1)
        return torch.tanh(0.8 * x + torch.sin(3 * t)) * torch.cos(t) - 0.1 * x.flip(-1)


def noise(seed=0):
    return torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(seed))


def run(scheduler, steps, predict, net, x, generator=None, **settings):
    """diffusers' loop, as its pipelines write it; the network is told (k + 1) / T where they say k."""
    scheduler.set_timesteps(steps)
    x = x * scheduler.init_noise_sigma
    seen = []
    options = {"generator": generator} if generator is not None else {}
    for step in scheduler.timesteps:
        y = net(scheduler.scale_model_input(x, step), (step.float().reshape(1) + 1) / T)
        x = scheduler.step(y, step, x, **settings, **options).prev_sample
        seen.append(x)
    return seen


def walked(sampler, denoiser, x, grid, **options):
    """The points that a sampler comes by, from grids that end earlier."""
    return [sampler(denoiser, x, grid[: i + 2], **options) for i in range(len(grid) - 1)]


def chain(betas=None, predict="eps"):
    return Denoiser(Curved(), StepPath(betas or linear_betas(T)), predict)


def grid_of(scheduler):
    """Their time k is our (k + 1) / T, and what comes after the last is 0."""
    return torch.cat([(scheduler.timesteps.double() + 1) / T, torch.zeros(1, dtype=torch.float64)])


PREDICTIONS = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}


@pytest.mark.parametrize("predict", PREDICTIONS)
@pytest.mark.parametrize("variance", ["fixed_small", "fixed_large"])
def test_ddpm(predict, variance):
    scheduler = diffusers.DDPMScheduler(
        T, prediction_type=PREDICTIONS[predict], variance_type=variance, clip_sample=False
    )
    theirs = run(scheduler, 40, predict, Curved(), noise(), torch.Generator().manual_seed(1))
    denoiser, grid = chain(predict=predict), grid_of(scheduler)
    random = torch.Generator().manual_seed(1)
    for i, (x, then) in enumerate(zip([noise(), *theirs], theirs, strict=False)):
        ours = ancestral(denoiser, x, grid[i : i + 2], random=random, variance=variance[6:])
        torch.testing.assert_close(ours, then, **CLOSE)


def test_every_step_of_a_chain_is_one_of_theirs():
    scheduler = diffusers.DDPMScheduler(T)
    scheduler.set_timesteps(T)
    torch.testing.assert_close(grid_of(scheduler), time_grid(T, StepPath(linear_betas(T))))


def test_ddpm_with_learned_variance():
    class Both(nn.Module):
        def forward(self, x, t):
            return torch.cat([Curved()(x, t), torch.sin(x)], dim=1)

    scheduler = diffusers.DDPMScheduler(
        T, variance_type="learned_range", clip_sample=False, trained_betas=list(cosine_betas(T))
    )
    theirs = run(scheduler, 50, "eps", Both(), noise(), torch.Generator().manual_seed(2))
    denoiser = Denoiser(Both(), StepPath(cosine_betas(T)), "eps", learn_variance=True)
    random = torch.Generator().manual_seed(2)
    ours = ancestral(denoiser, noise(), grid_of(scheduler), random=random, variance="learned")
    torch.testing.assert_close(ours, theirs[-1], **CLOSE)


@pytest.mark.parametrize("predict", PREDICTIONS)
@pytest.mark.parametrize("betas", [linear_betas(T), cosine_betas(T), root_betas(T)])
def test_ddim(predict, betas):
    scheduler = diffusers.DDIMScheduler(
        T, trained_betas=list(betas), prediction_type=PREDICTIONS[predict], clip_sample=False
    )
    theirs = run(scheduler, 20, predict, Curved(), noise())
    ours = walked(ddim, chain(betas, predict), noise(), grid_of(scheduler))
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)


def test_ddim_with_noise():
    scheduler = diffusers.DDIMScheduler(T, clip_sample=False)
    theirs = run(scheduler, 20, "eps", Curved(), noise(), torch.Generator().manual_seed(3), eta=0.6)
    random = torch.Generator().manual_seed(3)
    ours = ddim(chain(), noise(), grid_of(scheduler), eta=0.6, random=random)
    torch.testing.assert_close(ours, theirs[-1], **CLOSE)


def test_their_schedules_are_ours():
    for kind, betas in (
        ("linear", linear_betas(T)),
        ("squaredcos_cap_v2", cosine_betas(T)),
        ("scaled_linear", root_betas(T)),
    ):
        start, end = (0.00085, 0.012) if kind == "scaled_linear" else (1e-4, 0.02)
        scheduler = diffusers.DDPMScheduler(T, beta_start=start, beta_end=end, beta_schedule=kind)
        torch.testing.assert_close(torch.tensor(betas), scheduler.betas, atol=1e-7, rtol=1e-5)
        x0, eps, k = noise(4), noise(5), torch.tensor([0, 600])
        theirs = scheduler.add_noise(x0, eps, k)
        torch.testing.assert_close(corrupt(StepPath(betas), x0, eps, (k + 1) / T), theirs, **CLOSE)


@pytest.mark.parametrize(
    ("kind", "sampler"), [("EulerDiscreteScheduler", euler), ("HeunDiscreteScheduler", heun)]
)
@pytest.mark.parametrize("predict", ["eps", "v"])
def test_euler_and_heun_in_noise_levels(kind, sampler, predict):
    """Theirs are written for x / alpha with sigma / alpha as time: `Exploded` says the same of any denoiser."""
    betas = root_betas(T)
    scheduler = getattr(diffusers, kind)(T, trained_betas=list(betas), prediction_type=PREDICTIONS[predict])
    scheduler.set_timesteps(10)  # 999 / 9 steps apart: times that both have
    x = noise() * scheduler.sigmas[0]
    start = x.clone()
    for step in scheduler.timesteps:
        y = Curved()(scheduler.scale_model_input(x, step), (step.float().reshape(1) + 1) / T)
        x = scheduler.step(y, step, x).prev_sample
    levels = scheduler.sigmas.double().unique().flip(0)
    denoiser = Exploded(chain(betas, predict))
    torch.testing.assert_close(sampler(denoiser, start, levels), x, **CLOSE)


def test_flow_matching_euler():
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(T, shift=3.0)
    scheduler.set_timesteps(12)
    x = noise()
    for step, level in zip(scheduler.timesteps, scheduler.sigmas[:-1], strict=True):
        x = scheduler.step(Curved()(x, level.reshape(1)), step, x).prev_sample

    class Unscaled(Curved):  # Denoiser scales its input to unit variance; they do not
        def forward(self, x, t):
            t = t.reshape(-1, 1, 1, 1)
            return super().forward(x * (t**2 + (1 - t) ** 2).sqrt(), t)

    ours = euler(Denoiser(Unscaled(), FlowPath(), "flow"), noise(), scheduler.sigmas.double())
    torch.testing.assert_close(ours, x, **CLOSE)


@pytest.mark.parametrize("predict", PREDICTIONS)
@pytest.mark.parametrize("stochastic", [False, True])
def test_dpm_solver(predict, stochastic):
    scheduler = diffusers.DPMSolverMultistepScheduler(
        T,
        prediction_type=PREDICTIONS[predict],
        algorithm_type="sde-dpmsolver++" if stochastic else "dpmsolver++",
        timestep_spacing="leading",
    )
    random = torch.Generator().manual_seed(6)
    theirs = run(scheduler, 16, predict, Curved(), noise(), random)
    denoiser, grid = chain(predict=predict), grid_of(scheduler)
    if stochastic:
        ours = dpm_solver_sde(denoiser, noise(), grid, random=torch.Generator().manual_seed(6))
        torch.testing.assert_close(ours, theirs[-1], **CLOSE)
    else:
        for mine, other in zip(walked(dpm_solver, denoiser, noise(), grid), theirs, strict=True):
            torch.testing.assert_close(mine, other, **CLOSE)


class Negated(Curved):
    """What EDM's network predicts is minus v."""

    def forward(self, x, t):
        return -super().forward(x, t)


@pytest.mark.parametrize(
    ("kind", "sampler", "settings"),
    [
        ("EDMEulerScheduler", euler, {}),
        ("EDMDPMSolverMultistepScheduler", dpm_solver, {"final_sigmas_type": "zero"}),
    ],
)
def test_edm(kind, sampler, settings):
    scheduler = getattr(diffusers, kind)(sigma_min=0.002, sigma_max=80.0, sigma_data=0.5, **settings)
    scheduler.set_timesteps(18)
    x = start = noise() * 80.0
    for i, step in enumerate(scheduler.timesteps):
        seen = scheduler.precondition_inputs(x, scheduler.sigmas[i])
        x = scheduler.step(Curved()(seen, step.reshape(1)), step, x).prev_sample
    path = EdmPath()
    grid = time_grid(18, path)
    torch.testing.assert_close(grid.float(), scheduler.sigmas, atol=1e-5, rtol=1e-5)
    denoiser = Denoiser(Negated(), path, "v", data_deviation=0.5)
    torch.testing.assert_close(sampler(denoiser, start, grid), x, **CLOSE)


def test_a_network_of_theirs_is_the_network_of_a_denoiser():
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = diffusers.UNet2DModel(
            8, 3, 3, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1,
            down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
        ).eval()  # fmt: skip
    scheduler = diffusers.DDIMScheduler(T, clip_sample=False)
    scheduler.set_timesteps(4)
    x = start = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        for step in scheduler.timesteps:
            x = scheduler.step(model(x, step).sample, step, x).prev_sample
        denoiser = Denoiser(FromDiffusers(model), StepPath(linear_betas(T)), "eps")
        torch.testing.assert_close(ddim(denoiser, start, grid_of(scheduler)), x, **CLOSE)


def test_their_transformer_takes_labels_and_their_absence():
    torch.manual_seed(0)
    model = diffusers.DiTTransformer2DModel(
        num_attention_heads=2, attention_head_dim=8, in_channels=3, out_channels=6, num_layers=1, sample_size=8,
        patch_size=2, num_embeds_ada_norm=5,
    ).eval()  # fmt: skip
    x, t = torch.randn(2, 3, 8, 8), torch.full((2,), 0.4)
    denoiser = Denoiser(
        FromDiffusers(model),
        StepPath(linear_betas(T)),
        "eps",
        conditioner=LabelsForDiffusers(5),
        learn_variance=True,
    )
    with torch.no_grad():
        answer = denoiser(x, t, {"label": torch.tensor([3, 1])}, torch.tensor([True, False]))
        theirs = model(x, torch.tensor([399, 399]), class_labels=torch.tensor([3, 5])).sample
    torch.testing.assert_close(answer.eps, theirs[:, :3], **CLOSE)
    assert answer.mix is not None
    torch.testing.assert_close(answer.mix, (theirs[:, 3:] + 1) / 2, **CLOSE)
