"""Requests and answers against the platforms' own descriptions: Google's discovery documents,
OpenAPI, and the lexicons of the AT Protocol. What they do not name is a fault here, as are wrong
types and missing parts; raises AssertionError with the place."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema  # type: ignore[import-untyped]

COMPOSED = ("allOf", "oneOf", "anyOf")


class Described(Protocol):
    """A platform's description."""

    def request(self, method: str, url: str, body: bytes | None) -> None:
        """Checks a request; `url` is relative to the API's host."""

    def answer(self, method: str, url: str, status: int, value: Any) -> None:
        """Checks what came back."""


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True, strict_parsing=bool(_asked(url)))


def _asked(url: str) -> str:
    return urlsplit(url).query


def _valid(schema: Mapping[str, Any], value: Any, where: str) -> None:
    found = next(iter(jsonschema.Draft202012Validator(schema).iter_errors(value)), None)
    if found is not None:
        deepest = jsonschema.exceptions.best_match([found])
        place = "/".join(map(str, deepest.absolute_path))
        raise AssertionError(f"{where}: {place}: {deepest.message[:300]}")


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter's text as the value that its schema speaks of."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


class Discovery:
    """A Google API."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text("utf-8"))
        self._common = document["parameters"]
        self._methods = list(self._all(document))
        names = document["schemas"]
        self._defs = {name: self._schema(one) for name, one in names.items()}

    def _all(self, part: Mapping[str, Any]) -> Any:
        yield from part.get("methods", {}).values()
        for inner in part.get("resources", {}).values():
            yield from self._all(inner)

    def _method(self, method: str, url: str) -> tuple[Mapping[str, Any], dict[str, str]]:
        path = unquote(urlsplit(url).path).lstrip("/")
        for one in self._methods:
            pattern = re.sub(r"\\\{\\\+(\w+)\\\}", r"(?P<\1>.+)", re.escape(one["path"]))
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
            match = re.fullmatch(pattern, path)
            if match and one["httpMethod"] == method:
                return one, match.groupdict()
        raise AssertionError(f"{method} {path} is no method of the API")

    def request(self, method: str, url: str, body: bytes | None) -> None:
        known, placed = self._method(method, url)
        parameters = {**self._common, **known.get("parameters", {})}
        given = {**_query(url), **{name: [value] for name, value in placed.items()}}
        for name, values in given.items():
            assert name in parameters, f"{known['id']}: unknown parameter {name}"
            schema = parameters[name]
            if schema.get("repeated"):
                values = [part for value in values for part in value.split(",")]
            assert schema.get("repeated") or len(values) == 1, f"{known['id']}: {name} twice"
            for value in values:
                self._parameter(f"{known['id']}: {name}", value, schema)
        for name, schema in parameters.items():
            assert not schema.get("required") or name in given, f"{known['id']}: {name} is missing"
        if "request" in known:
            self._check(known["request"]["$ref"], json.loads(body or b"{}"), known["id"])
        else:
            assert not body, f"{known['id']}: no body is taken"

    @staticmethod
    def _parameter(where: str, value: str, schema: Mapping[str, Any]) -> None:
        typed = _typed(value, schema)
        rules: dict[str, Any] = {"type": schema["type"]}
        for ours, theirs in (("minimum", "minimum"), ("maximum", "maximum")):
            if theirs in schema:
                rules[ours] = int(schema[theirs])
        rules |= {name: schema[name] for name in ("enum", "pattern") if name in schema}
        _valid(rules, typed, where)

    def answer(self, method: str, url: str, status: int, value: Any) -> None:
        known, _ = self._method(method, url)
        if status >= 400:  # errors are not described; they have one shape
            error = value["error"]
            assert isinstance(error["code"], int), url
            assert error["code"] == status, url
            assert isinstance(error["message"], str), url
            return
        self._check(known["response"]["$ref"], value, known["id"])

    def _check(self, name: str, value: Any, where: str) -> None:
        _valid({"$ref": f"#/$defs/{name}", "$defs": self._defs}, value, where)

    def _schema(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """JSON Schema of a discovery schema: objects are closed, numbers of 64 bits are text."""
        if "$ref" in given:
            return {"$ref": f"#/$defs/{given['$ref']}"}
        kind = given.get("type")
        made: dict[str, Any] = {} if kind in (None, "any") else {"type": kind}
        if kind == "string" and given.get("format") in ("int64", "uint64"):
            made["pattern"] = r"^-?\d+$" if given["format"] == "int64" else r"^\d+$"
        if kind == "string" and given.get("format") == "date-time":
            made["pattern"] = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"
        if "enum" in given:
            made["enum"] = given["enum"]
        if kind == "array":
            made["items"] = self._schema(given["items"])
        if kind == "object":
            properties = given.get("properties", {})
            made["properties"] = {name: self._schema(one) for name, one in properties.items()}
            more = given.get("additionalProperties")
            made["additionalProperties"] = self._schema(more) if more else False
        return made


class OpenApi:
    """An API that OpenAPI 3 describes. `base` stands before its paths; `also` are fields that
    recorded answers have and the description does not: recordings win."""

    def __init__(self, path: Path, base: str = "", also: tuple[str, ...] = ()) -> None:
        self._base, self._also = base, also
        self._document = json.loads(path.read_text("utf-8"))
        parts = self._document["components"]["schemas"]
        self._parts = {
            "open": {name: self._schema(one, False) for name, one in parts.items()},
            "closed": {name: self._schema(one, True) for name, one in parts.items()},
        }
        self._patterns = [
            (re.compile(re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(path))), path)
            for path in sorted(self._document["paths"], key=lambda path: path.count("{"))
        ]

    def _operation(self, method: str, url: str) -> tuple[Mapping[str, Any], str, list[str]]:
        path = urlsplit(url).path.removeprefix(self._base)
        for pattern, name in self._patterns:
            match = pattern.fullmatch(path)
            if match and method.lower() in self._document["paths"][name]:
                found = self._document["paths"][name]
                operation = found[method.lower()]
                shared = found.get("parameters", [])
                parameters = [*shared, *operation.get("parameters", [])]
                values = [unquote(value) for value in match.groups()]
                return {**operation, "parameters": parameters}, name, values
        raise AssertionError(f"{method} {path} is no operation of the API")

    def _resolved(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in given:
            part: Any = self._document
            for step in given["$ref"].removeprefix("#/").split("/"):
                part = part[step]
            given = part
        return given

    def request(self, method: str, url: str, body: bytes | None) -> None:
        operation, path, placed = self._operation(method, url)
        parameters = [self._resolved(one) for one in operation["parameters"]]
        known = {one["name"]: one for one in parameters if one["in"] == "query"}
        names = re.findall(r"\{([^}]+)\}", path)
        in_path = {one["name"]: one for one in parameters if one["in"] == "path"}
        for name, value in zip(names, placed, strict=True):
            self._parameter(f"{path}: {name}", [value], in_path[name])
        given = {name.removesuffix("[]"): values for name, values in _query(url).items()}
        for name, values in given.items():
            assert name in known or f"{name}[]" in known, f"{path}: unknown parameter {name}"
            self._parameter(f"{path}: {name}", values, known.get(name) or known[f"{name}[]"])
        for name, one in known.items():
            assert not one.get("required") or name.removesuffix("[]") in given, f"{path}: {name}"
        assert not body, f"{path}: no body is taken"

    def _parameter(self, where: str, values: list[str], parameter: Mapping[str, Any]) -> None:
        schema = self._resolved(parameter["schema"])
        if schema.get("type") == "array":
            items = self._resolved(schema.get("items", {}))
            parts = [part for value in values for part in value.split(",")]
            typed: Any = [_typed(part, items) for part in parts]
        else:
            assert len(values) == 1, f"{where} twice"
            typed = _typed(values[0], schema)
        _valid({**self._schema(schema, False), "parts": self._parts}, typed, where)

    def answer(self, method: str, url: str, status: int, value: Any) -> None:
        operation, path, _ = self._operation(method, url)
        answers = operation["responses"]
        found = self._resolved(answers.get(str(status)) or answers.get("default") or {})
        content = found.get("content", {}).get("application/json")
        assert content, f"{path}: no answer {status} is described"
        schema = self._schema(content["schema"], True)
        _valid({**schema, "parts": self._parts}, value, f"{path} {status}")

    def _schema(self, given: Any, closed: bool) -> Any:
        """JSON Schema of a part; what is composed of others is closed as a whole."""
        if not isinstance(given, dict):
            return given
        if "$ref" in given:
            kind, name = "closed" if closed else "open", given["$ref"].rpartition("/")[2]
            return {"$ref": f"#/parts/{kind}/{name}"}
        made = {
            name: copy.deepcopy(value)
            for name, value in given.items()
            if name not in ("discriminator", "nullable", "example", "examples", "xml", "format")
        }
        for name in COMPOSED:
            if name in made:
                # One of several is whole by itself; parts of a whole are not.
                whole = closed and name != "allOf" and "properties" not in given
                made[name] = [self._schema(one, whole) for one in given[name]]
        if "properties" in made:
            made["properties"] = {
                name: self._schema(one, True) for name, one in given["properties"].items()
            }
        if "oneOf" in made:  # described ones overlap: a metric of pins is also one of videos
            made["anyOf"] = made.pop("oneOf")
        for name in ("items", "additionalProperties"):
            if isinstance(made.get(name), dict):
                made[name] = self._schema(given[name], True)
        shaped = "properties" in made or "allOf" in made
        if closed and shaped and "additionalProperties" not in made:
            made["unevaluatedProperties"] = False
            extra: dict[str, Any] = {name: {} for name in self._also}
            made["properties"] = {**extra, **made.get("properties", {})}
        return {"anyOf": [made, {"type": "null"}]} if given.get("nullable") else made


class Lexicons:
    """Checks values against AT Protocol lexicons: required properties, types, references."""

    def __init__(self, folder: Path) -> None:
        self._documents = {
            document["id"]: document
            for path in folder.rglob("*.json")
            for document in [json.loads(path.read_text("utf-8"))]
        }

    def request(self, method: str, url: str, body: bytes | None) -> None:
        name = urlsplit(url).path.removeprefix("/xrpc/")
        assert (method, bool(body)) == ("GET", False), url
        known = self._documents[name]["defs"]["main"]["parameters"]
        given = _query(url)
        for key in known.get("required", ()):
            assert key in given, f"{name}: {key} is missing"
        for key, values in given.items():
            assert key in known["properties"], f"{name}: unknown parameter {key}"
            schema = known["properties"][key]
            many = schema["type"] == "array"
            assert many or len(values) == 1, f"{name}: {key} twice"
            if many:
                assert len(values) <= schema.get("maxLength", len(values)), f"{name}: {key}"
            for value in values:
                one = schema["items"] if many else schema
                typed = _typed(value, one)
                self._check(one, typed, name, f"{name}: {key}")
                most = one.get("maximum")
                assert most is None or typed <= most, f"{name}: {key}"
                assert typed in one.get("enum", [typed]), f"{name}: {key}"

    def answer(self, method: str, url: str, status: int, value: Any) -> None:
        if status == 200:
            self.check_output(urlsplit(url).path.removeprefix("/xrpc/"), value)
        else:
            assert isinstance(value["error"], str), url
            assert isinstance(value.get("message", ""), str), url

    def check_output(self, method: str, value: Any) -> None:
        self._check(
            self._documents[method]["defs"]["main"]["output"]["schema"], value, method, method
        )

    def check_record(self, name: str, value: Any) -> None:
        self._check(self._documents[name]["defs"]["main"]["record"], value, name, name)

    def _resolve(self, reference: str, home: str) -> tuple[dict[str, Any], str]:
        name, _, part = reference.partition("#")
        name = name or home
        return self._documents[name]["defs"][part or "main"], name

    def _check(self, schema: dict[str, Any], value: Any, home: str, where: str) -> None:
        kind = schema["type"]
        if kind == "ref":
            found, home = self._resolve(schema["ref"], home)
            self._check(found, value, home, where)
        elif kind == "union":
            names = [self._full(name, home) for name in schema["refs"]]
            assert "$type" in value, f"{where}: a union needs $type"
            if value["$type"] in names:
                found, home = self._resolve(value["$type"], home)
                self._check(found, value, home, f"{where}<{value['$type']}>")
        elif kind in ("object", "record"):
            schema = schema.get("record", schema)
            assert isinstance(value, dict), where
            for name in schema.get("required", ()):
                assert name in value, f"{where}.{name} is missing"
            unknown = value.keys() - schema.get("properties", {}).keys() - {"$type"}
            assert not unknown, f"{where}: unknown {sorted(unknown)}"
            for name, part in schema.get("properties", {}).items():
                if name in value and value[name] is not None:
                    self._check(part, value[name], home, f"{where}.{name}")
        elif kind == "array":
            assert isinstance(value, list), where
            assert len(value) <= schema.get("maxLength", len(value)), where
            for number, one in enumerate(value):
                self._check(schema["items"], one, home, f"{where}[{number}]")
        elif kind == "string":
            assert isinstance(value, str), where
            if schema.get("format") == "datetime":
                datetime.fromisoformat(value)
            elif schema.get("format") == "did":
                assert value.startswith("did:"), where
            elif schema.get("format") == "at-uri":
                assert value.startswith("at://"), where
        elif kind == "integer":
            assert isinstance(value, int), where
            assert value >= schema.get("minimum", value), where
        elif kind == "boolean":
            assert isinstance(value, bool), where

    @staticmethod
    def _full(name: str, home: str) -> str:
        full = name if not name.startswith("#") else f"{home}{name}"
        return full.removesuffix("#main")
