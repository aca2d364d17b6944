"""The lake for Athena: database, tables and workgroup, generated from chalicelib/model/lake.py."""

from __future__ import annotations

from chalicelib.model.lake import PARTITION, TABLES, UNKNOWN, Table

from .intrinsics import Json, ref, resource, sub
from .stages import Stage
from .storage import LAKE, RESULTS

_PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
_SCAN_LIMIT = 10 * 1024**3
MONTHS = (UNKNOWN, *(f"{year}-{month:02}" for year in range(2005, 2041) for month in range(1, 13)))


def glue(stage: Stage) -> Json:
    """Database, one table per table of the lake, and the workgroup of `stage`, by logical id."""
    catalog = ref("AWS::AccountId")
    description = "Wellkept's lake: a projection of the orders, made again from them"
    database = {"CatalogId": catalog, "DatabaseInput": {"Name": stage.database, "Description": description}}
    tables = {
        logical_id(table): resource("AWS::Glue::Table", {
            "CatalogId": catalog, "DatabaseName": ref("LakeDatabase"), "TableInput": _table(table, stage),
        })
        for table in TABLES
    }
    return {"LakeDatabase": resource("AWS::Glue::Database", database), **tables, "WorkGroup": _workgroup(stage)}


def logical_id(table: Table) -> str:
    """Logical id of a table of the lake: order_lines is OrderLinesLakeTable."""
    return "".join(word.capitalize() for word in table.name.split("_")) + "LakeTable"


def _table(table: Table, stage: Stage) -> Json:
    location = f"s3://${{LakeBucket}}/{LAKE}{table.name}/"
    columns = [{"Name": column.name, "Type": column.type, "Comment": column.meaning[:255]} for column in table.columns]
    return {
        "Name": table.name,
        "Description": table.meaning,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": PARTITION, "Type": "string", "Comment": "Month the order was placed, or unknown"}],
        "Parameters": {"classification": "parquet", **({} if stage.local else _projection(location))},
        "StorageDescriptor": {"Columns": columns, "Location": sub(location), **_PARQUET},
    }


def _projection(location: str) -> Json:
    """Athena then knows every partition without a catalogue of them. Locally a plain listing of the folders does it."""
    return {
        "projection.enabled": "true",
        f"projection.{PARTITION}.type": "enum",
        f"projection.{PARTITION}.values": ",".join(MONTHS),
        "storage.location.template": sub(f"{location}{PARTITION}=${{!{PARTITION}}}/"),
    }


def _workgroup(stage: Stage) -> Json:
    results = {
        "OutputLocation": sub(f"s3://${{LakeBucket}}/{RESULTS}"),
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }
    configuration = {
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "BytesScannedCutoffPerQuery": _SCAN_LIMIT,
        "ResultConfiguration": results,
    }
    description = f"Wellkept {stage.name}: a query may scan 10 GiB"
    properties = {"Name": stage.stack, "Description": description, "WorkGroupConfiguration": configuration}
    return resource("AWS::Athena::WorkGroup", properties | {"RecursiveDeleteOption": True})
