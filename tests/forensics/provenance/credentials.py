"""Content Credentials for the tests: a certificate authority, signers and signed files, all made here."""

import datetime
import io
import json
from dataclasses import dataclass

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

C2PA_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


@dataclass(frozen=True)
class Authority:
    """A root certificate and a signer's certificate under it.

    Attributes:
        root: PEM of the root: what a trust list holds.
        chain: PEM of the signer's certificate, then the root.
        key: PEM of the signer's private key (PKCS 8).
    """

    root: str
    chain: str
    key: str


def authority(
    name: str,
    usage: ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    *,
    days: tuple[int, int] = (-30, 365),
) -> Authority:
    """A new authority called `name` whose signer's certificate is valid for these days from today."""
    today = datetime.datetime.now(datetime.UTC)
    first, last = (today + datetime.timedelta(days=day) for day in days)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def called(common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    def usages(*, signature: bool, certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=signature,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=certificates,
            crl_sign=certificates,
            encipher_only=False,
            decipher_only=False,
        )

    root_name = called(f"{name} root")
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = (
        x509.CertificateBuilder(root_name, root_name, root_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(first, today) - datetime.timedelta(days=1000))
        .not_valid_after(today + datetime.timedelta(days=1000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usages(signature=False, certificates=True), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        x509.CertificateBuilder(root_name, called(f"{name} signer"), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usages(signature=True, certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    root_pem = root.public_bytes(pem).decode()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return Authority(root_pem, leaf.public_bytes(pem).decode() + root_pem, private)


def signed(
    data: bytes,
    by: Authority,
    *,
    media_type: str = "image/jpeg",
    source_type: str | None = TRAINED,
    generator: str = "Made-up Painter",
    agent: str | None = "painter-3",
    ingredient: bytes | None = None,
    relationship: str = "parentOf",
    also: tuple[dict, ...] = (),
) -> bytes:
    """`data` with a manifest that says how it was made; `ingredient` is a file that it was made of, `also` are
    further assertions.
    """
    made: dict = {"action": "c2pa.created"}
    if source_type:
        made["digitalSourceType"] = source_type
    if agent:
        made["softwareAgent"] = {"name": agent}
    if ingredient is not None and not source_type:
        made = {
            "action": "c2pa.opened" if relationship == "parentOf" else "c2pa.placed",
            "parameters": {"ingredientIds": ["first"]},
        }
    manifest = {
        "claim_generator_info": [{"name": generator, "version": "1.2"}],
        "title": "a picture",
        "format": media_type,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [made]}}, *also],
    }
    settings = c2pa.Settings.from_dict(
        {
            "verify": {"verify_trust": False, "verify_after_sign": False},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )
    with c2pa.Context(settings) as context:
        builder = c2pa.Builder(json.dumps(manifest), context)
        if ingredient is not None:
            builder.add_ingredient(
                json.dumps({"title": "part", "relationship": relationship, "label": "first"}),
                media_type,
                io.BytesIO(ingredient),
            )
        info = c2pa.C2paSignerInfo(b"es256", by.chain.encode(), by.key.encode(), None)
        with c2pa.Signer.from_info(info) as signer:
            file = io.BytesIO()
            builder.sign(signer, media_type, io.BytesIO(data), file)
    return file.getvalue()
