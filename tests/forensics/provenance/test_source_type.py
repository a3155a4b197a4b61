"""Digital Source Type and Credit, in every spelling met, and cameras."""

import pytest
from image_files import encoded, exif, iim, photoshop, png, with_chunk, with_segment, xmp

from subband.forensics.provenance import read_provenance
from subband.forensics.provenance.source_type import GENERATED, REAL, meaning

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
URI = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def packet(prefix: str, value: str) -> bytes:
    return xmp(f'{prefix}:DigitalSourceType="{value}"', f'xmlns:{prefix}="{IPTC}"')


@pytest.mark.parametrize("prefix", ["Iptc4xmpExt", "iptcExt", "x1"])
@pytest.mark.parametrize(
    "value", [URI + "trainedAlgorithmicMedia", "TrainedAlgorithmicMedia", URI + "digitalCapture"]
)
@pytest.mark.parametrize("container", ["JPEG", "WEBP", "AVIF", "PNG", "TIFF", "GIF"])
def test_source_type_in_xmp(prefix: str, value: str, container: str) -> None:
    data = packet(prefix, value)
    if container == "PNG":
        file = png({"XML:com.adobe.xmp": data.decode()}, international=True)
    elif container == "TIFF":
        file = encoded("TIFF", tiffinfo={700: data})
    elif container == "GIF":
        file = encoded("GIF")
        place = file.rindex(b",", 0, file.index(b",") + 1)
        trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        file = file[:place] + b"!\xff\x0bXMP DataXMP" + data + trailer + file[place:]
    else:
        file = encoded(container, xmp=data)
    (finding,) = read_provenance(file)
    assert finding.kind == "digital source type"
    assert finding.strength == "claimed"
    assert finding.says == ("real" if "Capture" in value else "generated")
    assert finding.details["value"] == value
    assert "not signed" in finding.text


def test_source_type_as_an_element_and_as_a_resource() -> None:
    for body in (
        f"<e:DigitalSourceType>{URI}trainedAlgorithmicMedia</e:DigitalSourceType>",
        f'<e:DigitalSourceType rdf:resource="{URI}trainedAlgorithmicMedia"/>',
        f"<e:DigitalSourceType><rdf:Bag><rdf:li>{URI}trainedAlgorithmicMedia</rdf:li></rdf:Bag></e:DigitalSourceType>",
    ):
        text = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description xmlns:e="{IPTC}">{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        )
        (finding,) = read_provenance(encoded("JPEG", xmp=text.encode()))
        assert finding.says == "generated"


def test_credit_in_iptc() -> None:
    block = photoshop(iim("AI Generated"))
    jpeg = with_segment(encoded("JPEG"), 0xED, b"Photoshop 3.0\0" + block)
    hexadecimal = f"\niptc\n{len(block):8}\n{block.hex()}\n".encode()
    chunk = with_chunk(encoded("PNG"), b"tEXt", b"Raw profile type iptc\0" + hexadecimal)
    tiff = encoded("TIFF", tiffinfo={33723: iim("Made with Google AI")})
    for file in (jpeg, chunk, tiff):
        (finding,) = read_provenance(file)
        assert (finding.says, finding.details["field"]) == ("generated", "IPTC Credit")
    assert (
        read_provenance(with_segment(encoded("JPEG"), 0xED, b"Photoshop 3.0\0" + photoshop(iim("Jane Doe"))))
        == ()
    )


def test_every_word_of_the_vocabulary_means_one_thing() -> None:
    assert not set(GENERATED) & set(REAL)
    for word in ("screenCapture", "digitalCreation", "composite", "humanEdits", "virtualRecording", "", "x/"):
        assert meaning(URI + word)[0] == "nothing"


def test_a_camera_is_a_claim() -> None:
    full = exif({0x010F: "Canon", 0x0110: "Canon EOS R5"}, {0x829A: 0.005, 0x8827: 100, 0xA434: "RF 50mm"})
    (finding,) = read_provenance(encoded("JPEG", exif=full))
    assert (finding.kind, finding.says, finding.strength) == ("camera", "real", "claimed")
    assert "“Canon EOS R5”" in finding.text
    assert finding.details["ISO"] == 100
    (scanner,) = read_provenance(encoded("JPEG", exif=exif({0x010F: "Epson", 0x0110: "V850"})))
    assert scanner.says == "nothing"


def test_words_of_a_file_cannot_move_the_cursor() -> None:
    nasty = exif({0x010F: "A\x1b[2J\n\u202eB", 0x0110: "C"}, {0x829A: 0.1, 0x8827: 1})
    (finding,) = read_provenance(encoded("JPEG", exif=nasty))
    assert finding.text.isprintable()
