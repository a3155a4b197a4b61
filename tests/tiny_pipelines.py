"""Tiny models of diffusers and transformers with random weights, saved to a folder as pretrained ones are."""

import json

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMPipeline,
    DDPMScheduler,
    DiTPipeline,
    DiTTransformer2DModel,
    StableDiffusionPipeline,
    UNet2DConditionModel,
    UNet2DModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
)

TOKENS = 16  # of a text, its first and last mark included
WIDTH = 16
DOWN, UP = ("DownBlock2D",) * 2, ("UpBlock2D",) * 2


def tokenizer(folder):
    """CLIP's tokenizer of single letters: no letters are ever merged."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: k for k, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=TOKENS)


def text_encoder():
    """Two layers of CLIP, 16 wide, for the 54 tokens of `tokenizer`."""
    torch.manual_seed(0)
    model = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=54, hidden_size=WIDTH, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=TOKENS, bos_token_id=52, eos_token_id=53, pad_token_id=53,
        )
    ).eval()  # fmt: skip
    with torch.no_grad():  # so that words differ more than places do
        model.get_input_embeddings().weight.mul_(50)
    return model


def autoencoder():
    """From 16 x 16 x 3 to 8 x 8 x 4 and back."""
    torch.manual_seed(1)
    return AutoencoderKL(
        3, 3, ("DownEncoderBlock2D",) * 2, ("UpDecoderBlock2D",) * 2, (8, 8), norm_num_groups=4, sample_size=16
    ).eval()  # fmt: skip


def latent_schedule():
    """DDIM on the schedule of latent diffusion."""
    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
        clip_sample=False, set_alpha_to_one=False,
    )  # fmt: skip


def stable_diffusion(folder, **parts):
    """Text to 16 x 16 x 3; without a safety checker, unless one is among the parts."""
    words = tokenizer(folder.with_name("tokenizer"))
    torch.manual_seed(2)
    unet = UNet2DConditionModel(
        8, 4, 4, block_out_channels=(8, 16), layers_per_block=1, cross_attention_dim=WIDTH, attention_head_dim=4,
        norm_num_groups=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    ).eval()  # fmt: skip
    with torch.no_grad():  # so that the text is seen in the image
        for name, parameter in unet.named_parameters():
            if "attn2" in name:
                parameter.mul_(6)
    parts = {"safety_checker": None, "feature_extractor": None} | parts
    pipeline = StableDiffusionPipeline(
        autoencoder(), text_encoder(), words, unet, latent_schedule(), **parts,
        requires_safety_checker=parts["safety_checker"] is not None,
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def ddpm(folder):
    """White noise to 8 x 8 x 1."""
    torch.manual_seed(3)
    unet = UNet2DModel(
        8, 1, 1, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1,
        down_block_types=DOWN, up_block_types=UP,
    ).eval()  # fmt: skip
    DDPMPipeline(unet, DDPMScheduler(prediction_type="sample", clip_sample=False)).save_pretrained(folder)
    return folder


def dit(folder, classes=1000):
    """One of some classes to 16 x 16 x 3; the first three have names."""
    torch.manual_seed(4)
    transformer = DiTTransformer2DModel(
        num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=8, num_layers=1, sample_size=8,
        patch_size=2, num_embeds_ada_norm=classes,
    ).eval()  # fmt: skip
    with torch.no_grad():  # so that the class is seen in the image
        for parameter in transformer.parameters():
            parameter.mul_(2)
    DiTPipeline(transformer, autoencoder(), latent_schedule()).save_pretrained(folder)
    index = json.loads(
        (folder / "model_index.json").read_text()
    )  # saving leaves names out; those on the Hub have them
    index["id2label"] = {"0": "tench, Tinca tinca", "1": "goldfish", "2": "great white shark, white shark"}
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def classifier(folder, labels=("artificial", "human")):
    """A vision transformer with random weights that sees 32×32 pixels."""
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, image_size=32,
        patch_size=8, id2label=dict(enumerate(labels)), label2id={label: k for k, label in enumerate(labels)},
    )  # fmt: skip
    ViTForImageClassification(config).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder
