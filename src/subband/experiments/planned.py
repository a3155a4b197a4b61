"""Claims that have no experiment yet. An entry goes when its claim joins `EXPERIMENTS`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planned:
    """A published claim without an experiment.

    Attributes:
        claim: the claim, in one sentence.
        source: publication.
        published: published numbers, "–" if none are available.

    Example:
        >>> Planned("It works.", "A paper, 2020", "–").published
        '–'
    """

    claim: str
    source: str
    published: str


PLANNED: dict[str, Planned] = {
    "vampprior": Planned(
        "A prior that mixes posteriors of learnt pseudo-inputs explains images better than a Gaussian one.",
        "J. Tomczak, M. Welling: VAE with a VampPrior, 2018",
        "log-likelihood in nats: −82.5 with the VampPrior, −84.8 with a Gaussian prior",
    ),
    "latent-regularity": Planned(
        "Straight lines in the latent space of a variational autoencoder lead through images of the data; those of "
        "an autoencoder do not.",
        "D. P. Kingma, M. Welling: Auto-Encoding Variational Bayes, 2014; lecture on image processing",
        "– (figures)",
    ),
    "maskgit-mnist": Planned(
        "Images are drawn in few steps, in parallel, by predicting masked tokens and keeping the most confident.",
        "H. Chang et al.: MaskGIT: Masked Generative Image Transformer, 2022",
        "– (figures)",
    ),
}
