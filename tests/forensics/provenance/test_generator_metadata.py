"""Each reader finds a file in its generator's form, in each container, and says what is in it."""

import json

import numpy as np
import pytest
from image_files import encoded, exif, hidden, plain, png, user_comment, xmp

from subband.forensics.provenance import read_provenance
from subband.forensics.provenance.generators import GENERATORS

A1111 = (
    "a cat, (sitting:1.2)\non a mat\nNegative prompt: dog\n"
    "Steps: 20, Sampler: DPM++ 2M, CFG scale: 7.5, Seed: 1234567890123, Size: 512x512, Model hash: abc123, "
    'Model: dream_v8, Lora hashes: "a: 1, b: 2", Version: v1.10.1'
)
COMFY = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a green cat", "clip": ["4", 1]}},
}
NOVELAI = {
    "Title": "AI generated image",
    "Software": "NovelAI",
    "Source": "Stable Diffusion XL C1E1DE52",
    "Description": "a cat",
    "Comment": json.dumps({"prompt": "a cat", "uc": "dog", "steps": 28, "seed": 9, "sampler": "k_euler"}),
}
FOOOCUS = {
    "prompt": "a cat",
    "negative_prompt": "dog",
    "base_model": "juggernaut",
    "performance": "Speed",
    "sharpness": 2.0,
    "seed": "77",
    "version": "Fooocus v2.5.5",
}
SWARM = {
    "sui_image_params": {"prompt": "a cat", "model": "flux", "seed": 3, "steps": 8, "swarm_version": "0.9"}
}
EASY = {
    "prompt": "a cat",
    "negative_prompt": "dog",
    "use_stable_diffusion_model": "sd-v1-5",
    "seed": 4,
    "num_inference_steps": 25,
}
INVOKE_3 = {
    "positive_prompt": "a cat",
    "model": {"name": "sdxl"},
    "seed": 1,
    "app_version": "5.0",
    "steps": 30,
}
INVOKE_2 = {
    "model": "stable diffusion",
    "model_weights": "sd-1.5",
    "app_id": "invoke-ai/InvokeAI",
    "image": {"prompt": [{"prompt": "a cat", "weight": 1.0}], "seed": 2, "steps": 50, "sampler": "k_lms"},
}
DRAW = {
    "c": "a cat",
    "uc": "dog",
    "model": "sd3.ckpt",
    "seed": 8,
    "steps": 30,
    "sampler": "Euler A",
    "size": "512x512",
}
JOB = "a cat on the moon --v 6.1 Job ID: 01234567-89ab-cdef-0123-456789abcdef"

CONTAINERS = ("JPEG", "WEBP", "PNG", "TIFF", "AVIF")


def comment(text: str) -> bytes:
    return exif(photo={0x9286: user_comment(text)})


FILES = {
    "AUTOMATIC1111 or Forge": [
        png({"parameters": A1111}),
        png({"parameters": A1111 + " ü"}, international=True, compressed=True),
        png({"parameters": A1111}, compressed=True),
        *(encoded(c, exif=comment(A1111)) for c in CONTAINERS),
        encoded("WEBP", exif=exif(photo={0x9286: user_comment(A1111, "le")})),
        encoded("GIF", comment=A1111),
    ],
    "ComfyUI": [
        png({"prompt": json.dumps(COMFY)}),
        png({"workflow": json.dumps({"nodes": [{"type": "KSampler"}, {"type": "VAEDecode"}]})}),
        encoded("WEBP", exif=exif({0x0110: "prompt:" + json.dumps(COMFY), 0x010F: "workflow:{}"})),
    ],
    "InvokeAI": [
        png({"invokeai_metadata": json.dumps(INVOKE_3)}),
        png({"sd-metadata": json.dumps(INVOKE_2)}),
        png({"Dream": '"a cat" -s 50 -S 2 -W 512 -H 512 -C 7.5 -A k_lms'}),
    ],
    "NovelAI": [png(NOVELAI)],
    "Fooocus": [
        png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}),
        png({"parameters": A1111, "fooocus_scheme": "a1111"}),
        png({"Comment": json.dumps(FOOOCUS)}),
        encoded("JPEG", comment=json.dumps(FOOOCUS)),
        encoded("WEBP", exif=comment(json.dumps(FOOOCUS))),
    ],
    "Easy Diffusion": [
        png({k: str(v) for k, v in EASY.items()}),
        png({"Prompt": "a cat", "Negative Prompt": "dog", "Sampler": "euler", "Seed": "4"}),
        encoded("JPEG", exif=comment(json.dumps(EASY))),
    ],
    "SwarmUI": [
        png({"parameters": json.dumps(SWARM)}),
        encoded("JPEG", exif=comment(json.dumps(SWARM))),
        encoded("JPEG", exif=exif({0x0110: json.dumps(SWARM)})),
    ],
    "Draw Things": [
        encoded(
            "JPEG",
            xmp=xmp(
                "exif:UserComment='" + json.dumps(DRAW).replace("'", "") + "'",
                'xmlns:exif="http://ns.adobe.com/exif/1.0/"',
            ),
        )
    ],
    "Black Forest Labs": [
        encoded(
            c,
            exif=exif({0x0131: "AI generated;txt2img;flux", 0x010F: "Black Forest Labs", 0x0110: "flux-dev"}),
        )
        for c in ("JPEG", "PNG")
    ],
    "Midjourney": [
        png({"Description": JOB, "Author": "somebody"}),
        encoded(
            "WEBP",
            xmp=xmp(f'dc:description="{JOB}"', 'xmlns:dc="http://purl.org/dc/elements/1.1/"'),
        ),
    ],
}


def test_every_reader_has_files() -> None:
    assert set(FILES) == set(GENERATORS)


@pytest.mark.parametrize(
    ("name", "number"), [(name, k) for name, files in FILES.items() for k in range(len(files))]
)
def test_a_file_in_the_form_of_each_generator(name: str, number: int) -> None:
    (finding,) = read_provenance(FILES[name][number])
    assert finding.kind == "generator metadata"
    assert (finding.says, finding.strength) == ("generated", "claimed")
    assert finding.details["generator"] == name
    assert name in finding.text
    json.dumps(finding.details)


def test_fields_are_read() -> None:
    (finding,) = read_provenance(png({"parameters": A1111}))
    assert finding.details | {"generator": "", "where": ""} == {
        "generator": "",
        "where": "",
        "prompt": "a cat, (sitting:1.2)\non a mat",
        "negative prompt": "dog",
        "steps": "20",
        "sampler": "DPM++ 2M",
        "guidance scale": "7.5",
        "seed": "1234567890123",
        "size": "512x512",
        "model hash": "abc123",
        "model": "dream_v8",
        "version": "v1.10.1",
    }
    prompts = {
        "ComfyUI": "a green cat",
        "InvokeAI": "a cat",
        "NovelAI": "a cat",
        "Fooocus": "a cat",
        "SwarmUI": "a cat",
        "Draw Things": "a cat",
        "Easy Diffusion": "a cat",
        "Midjourney": "a cat on the moon --v 6.1",
    }
    for name, prompt in prompts.items():
        assert read_provenance(FILES[name][0])[0].details["prompt"] == prompt
    assert [read_provenance(f)[0].details["seed"] for f in FILES["InvokeAI"]] == [1, 2, "2"]
    assert read_provenance(FILES["ComfyUI"][0])[0].details["model"] == "sdxl.safetensors"


def test_a_graph_that_only_scales_makes_nothing() -> None:
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "2": {"class_type": "ImageScale", "inputs": {}},
    }
    (finding,) = read_provenance(png({"prompt": json.dumps(graph)}))
    assert finding.says == "nothing"


@pytest.mark.parametrize(
    "word", [b"stealth_pnginfo", b"stealth_pngcomp", b"stealth_rgbinfo", b"stealth_rgbcomp"]
)
@pytest.mark.parametrize("container", ["PNG", "WEBP"])
def test_hidden_parameters(word: bytes, container: str) -> None:
    pixels = plain(96, 80, channels=3 if b"rgb" in word else 4)
    options = {"lossless": True, "exact": True} if container == "WEBP" else {}
    for text, name in ((A1111, "AUTOMATIC1111 or Forge"), (json.dumps(NOVELAI), "NovelAI")):
        (finding,) = read_provenance(encoded(container, hidden(text, word, pixels), **options))
        assert finding.details["generator"] == name
        assert finding.details["where"] == "hidden in the alpha channel"
        assert "cat" in finding.details["prompt"]


def test_hidden_parameters_that_lie_about_their_length() -> None:
    pixels = hidden("x" * 50, b"stealth_pnginfo", plain(64, 64, channels=4))
    length = np.unpackbits(np.frombuffer(b"\xff\xff\xff\xff", np.uint8))
    place = np.arange(15 * 8, 19 * 8)
    pixels[place % 64, place // 64, 3] = pixels[place % 64, place // 64, 3] & 0xFE | length
    assert read_provenance(encoded("PNG", pixels)) == ()


@pytest.mark.parametrize(
    "texts",
    [
        {"Software": "GIMP", "Comment": "Created with GIMP", "Title": "Holiday"},
        {"parameters": "width=3"},
        {"parameters": '{"a": 1}', "Comment": '{"prompt": "what?"}'},
        {"prompt": "What is your name?", "workflow": '{"nodes": []}'},
        {"Description": "Steps: 3 to the house"},
        {"Dream": "a dream I had"},
        {"negative_prompt": "only this"},
        {"Software": "NovelAI"},
    ],
)
def test_ordinary_texts_are_no_generator(texts: dict[str, str]) -> None:
    assert read_provenance(png(texts)) == ()
