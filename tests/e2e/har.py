"""HAR files, checked against the schema of HAR 1.2 (Debian's node-har-schema)."""
import glob
import json
import os
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema

SCHEMAS = "/usr/share/nodejs/har-schema/lib"


def _schemas():
    loaded = {}
    for path in glob.glob(f"{SCHEMAS}/*.json"):
        with open(path) as file:
            loaded[os.path.basename(path)] = json.load(file)
    assert "har.json" in loaded, f"no schema in {SCHEMAS}; install node-har-schema"
    return loaded


def validated(path):
    """What is in the file, after it was found to be HAR."""
    with open(path, "rb") as file:
        found = json.loads(file.read())
    schemas = _schemas()
    store = {schema["$id"].rstrip("#"): schema for schema in schemas.values()}
    resolver = jsonschema.RefResolver(base_uri="", referrer=schemas["har.json"], store=store)
    jsonschema.Draft6Validator(schemas["har.json"], resolver=resolver,
                               format_checker=jsonschema.FormatChecker()).validate(found)
    return found
