"""An object store on the loopback address gives the rows of the folder."""

import hashlib

import boto3
import pytest
import s3fs
from moto import server
from scanning import PLAIN, contents, scanned, table, tar, zipped

from subband.errors import DataError
from subband.forensics.scan import scan


@pytest.fixture(scope="module")
def endpoint():
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch, pictures, tmp_path):
    """A bucket with the pictures, as objects below photos/ and in two archives below shards/."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    client = boto3.client("s3")
    client.create_bucket(Bucket="images")
    for name, content in pictures.items():
        client.put_object(Bucket="images", Key=f"photos/{name}", Body=content)
    client.put_object(Bucket="images", Key="photos/notes.txt", Body=b"no image")
    items = list(pictures.items())
    client.upload_file(str(tar(tmp_path / "0.tar", items[:17])), "images", "shards/0.tar")
    client.upload_file(str(zipped(tmp_path / "1.zip", items[17:])), "images", "shards/1.zip")
    yield client
    for found in client.list_objects_v2(Bucket="images").get("Contents", ()):
        client.delete_object(Bucket="images", Key=found["Key"])
    client.delete_bucket(Bucket="images")
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def expected(folder, tmp_path, model):
    scanned([folder], tmp_path / "expected", model)
    return contents(tmp_path / "expected")


@pytest.mark.parametrize(
    "source",
    [
        "s3://images/photos",
        pytest.param("s3://images/photos/", marks=pytest.mark.slow),
        pytest.param("s3://images/shards", marks=pytest.mark.slow),
        "s3://images/shards/*",
    ],
)
def test_a_bucket_gives_the_rows_of_the_folder(source, bucket, tmp_path, model, expected):
    rows = scanned([source], tmp_path / "out", model)
    assert contents(tmp_path / "out") == expected
    store = s3fs.S3FileSystem()
    for row in rows:
        if row["uri"].startswith("s3://"):
            assert hashlib.sha256(store.cat(row["uri"])).hexdigest() == row["sha256"]


def test_a_shard_by_its_name(bucket, tmp_path, model):
    rows = scanned(["s3://images/shards/0.tar"], tmp_path / "out", model)
    assert len(rows) == 17
    assert all(
        row["uri"].startswith("tar://") and row["uri"].endswith("::s3://images/shards/0.tar") for row in rows
    )


def test_an_object_that_is_gone_costs_a_row(bucket, tmp_path, model, monkeypatch):
    from subband.forensics.scan import run_scan

    real = run_scan._listed

    def listed(*words):
        found = real(*words)
        bucket.delete_object(Bucket="images", Key="photos/a/00.png")
        return found

    monkeypatch.setattr(run_scan, "_listed", listed)
    found = scan(["s3://images/photos"], tmp_path / "out", model, PLAIN)
    gone = [row for row in table(tmp_path / "out") if row["uri"] == "s3://images/photos/a/00.png"]
    assert (found.images, found.errors) == (30, 3)
    assert gone[0]["error"]


@pytest.mark.parametrize("source", ["s3://nowhere/photos", "s3://images/nothing/here"])
def test_nothing_there_is_one_sentence(source, bucket, tmp_path, model):
    with pytest.raises(DataError, match=source) as caught:
        scan([source], tmp_path / "out", model, PLAIN)
    assert "\n" not in str(caught.value)


def test_an_object_that_changed_is_noticed_by_its_tag(bucket, tmp_path, model, pictures):
    scanned(["s3://images/shards"], tmp_path / "out", model)
    bucket.upload_file(str(tar(tmp_path / "2.tar", list(pictures.items())[:5])), "images", "shards/0.tar")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(DataError, match="has changed"):
        scan(["s3://images/shards"], tmp_path / "out", model, PLAIN)


@pytest.mark.slow
def test_ray_reads_the_bucket_too(bucket, tmp_path, model, expected):
    from dataclasses import replace

    scanned(["s3://images/shards", "s3://images/photos/a"], tmp_path / "plain", model)
    scanned(
        ["s3://images/shards", "s3://images/photos/a"], tmp_path / "ray", model, replace(PLAIN, workers=2)
    )
    assert table(tmp_path / "ray") == table(tmp_path / "plain")
