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
    "stylegan3-ladder": Planned(
        "Filters that respect the band limit make a generator equivariant to translations and, if they are "
        "radially symmetric, to rotations, without loss of quality.",
        "T. Karras et al.: Alias-Free Generative Adversarial Networks, 2021",
        "EQ-T and EQ-R in dB: configuration T 63.0 and 13.1, configuration R 66.7 and 40.5; StyleGAN2 with "
        "Fourier features 16.2 and 10.8",
    ),
    "aliasing": Planned(
        "A rectifier makes frequencies above the band limit; a low-pass filter at a higher rate takes them out.",
        "T. Karras et al.: Alias-Free Generative Adversarial Networks, 2021, figure 2",
        "– (figure)",
    ),
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
    "vit-insides": Planned(
        "The first layer of a vision transformer learns a basis of low spatial frequencies, and its position "
        "embeddings become similar where positions are near.",
        "A. Dosovitskiy et al.: An Image is Worth 16×16 Words, 2021, figure 7",
        "– (figures)",
    ),
    "mindvis-mini": Planned(
        "Images are recovered from measurements of a brain by masked modelling of these and a latent diffusion "
        "model conditioned in two ways.",
        "Z. Chen et al.: Seeing Beyond the Brain (MinD-Vis), 2023",
        "accuracy among 50 classes in the paper; no such data here",
    ),
}
