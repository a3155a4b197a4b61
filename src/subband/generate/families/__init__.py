"""Generator families, one module each; their names are the arguments of `subband train`."""

from subband.generate.families.autoencoder import FAMILY as AUTOENCODER
from subband.generate.families.binomial import FAMILY as BINOMIAL
from subband.generate.families.cvae import FAMILY as CVAE
from subband.generate.families.cyclegan import FAMILY as CYCLEGAN
from subband.generate.families.dcgan import CONDITIONAL_FAMILY, DCGAN_FAMILY
from subband.generate.families.diffae import FAMILY as DIFFAE
from subband.generate.families.diffusion import FAMILY as DIFFUSION
from subband.generate.families.gan import FAMILY as GAN
from subband.generate.families.maskgit import FAMILY as MASKGIT
from subband.generate.families.paella import FAMILY as PAELLA
from subband.generate.families.stylegan3 import FAMILY as STYLEGAN3
from subband.generate.families.transgan import FAMILY as TRANSGAN
from subband.generate.families.vae import FAMILY as VAE
from subband.generate.families.vampprior import FAMILY as VAMPPRIOR
from subband.generate.family import GENERATORS

FAMILIES = (
    AUTOENCODER,
    BINOMIAL,
    CONDITIONAL_FAMILY,
    CVAE,
    CYCLEGAN,
    DCGAN_FAMILY,
    DIFFAE,
    DIFFUSION,
    GAN,
    MASKGIT,
    PAELLA,
    STYLEGAN3,
    TRANSGAN,
    VAE,
    VAMPPRIOR,
)
GENERATORS.update({family.name: family for family in FAMILIES})

__all__ = ["GENERATORS"]
