"""What would mend the differences that the detector finds, and what a repair leaves to a person. Reads only."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, MetaData

from webapp.domain.stored_labels import labels_of, stored_enums
from webapp.schema.catalogue import ENUM_KIND, StoredColumn, StoredType, enum_columns, read_catalogue
from webapp.schema.drift import REPAIR, declared_default, default_label, find_drift, labels_refused
from webapp.schema.findings import Finding, Severity, literal
from webapp.schema.repair_mapping import LabelMapping, map_option, target_of
from webapp.schema.repair_obstacles import find_obstacles
from webapp.schema.repair_steps import (
    Place,
    Step,
    add_label,
    make_enum,
    move_rows,
    rename_label,
    rows,
    set_default,
    set_nullable,
    shown,
)

# On such a database every step would be a guess: what should be there is another build's business, or lost.
STOPS_EVERYTHING = frozenset({"not_migrated", "catalogue_damaged", "rows_unreadable", "stamped_not_run"})
_LEFT_TO_A_PERSON = frozenset({"type_elsewhere", "type_not_enum", "type_shadowed", "label_order"})
MOST_VALUES_TOLD = 10


@dataclass(frozen=True)
class Remark:
    """Something a repair does not do, and the SQL or the words that do it."""

    sentence: str
    remedy: str | None = None


@dataclass
class RepairPlan:
    """Steps in the order they must be taken. A refusal needs a person before all is well; a note does not."""

    steps: list[Step] = field(default_factory=list)
    refusals: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


@dataclass
class Labels:
    """The labels of one type as they will be once its own steps are taken, and those that got another name by it."""

    found: list[str]
    renamed: dict[str, str] = field(default_factory=dict)


def plan_repair(connection: Connection, metadata: MetaData, mapping: LabelMapping) -> RepairPlan:
    """What to do about everything that differs. Changes nothing; reads whole tables.

    Refuses all of it when the database is not at this build's revision or is damaged.
    """
    findings = find_drift(connection, metadata, rows=True)
    stoppers = [one for one in findings if one.code in STOPS_EVERYTHING or one.code.startswith("revision_")]
    if stoppers:
        return RepairPlan(refusals=[Remark(one.message, one.remedy) for one in stoppers])
    return _Planner(connection, metadata, mapping, findings).plan()


class _Planner:
    def __init__(
        self, connection: Connection, metadata: MetaData, mapping: LabelMapping, findings: list[Finding]
    ) -> None:
        self.connection = connection
        self.metadata = metadata
        self.mapping = mapping
        self.findings = findings
        self.catalogue = read_catalogue(connection, metadata)
        self.result = RepairPlan()
        self.held: dict[str, dict[str | None, int]] = defaultdict(dict)
        for one in findings:
            if one.code == "rows_unknown_label":
                self.held[f"{one.table}.{one.column}"][one.label] = int(one.actual or 0)

    def plan(self) -> RepairPlan:
        for one in self.findings:
            if one.code in _LEFT_TO_A_PERSON:
                self.leave(one)
        ours = {name: stored for name, stored in self.catalogue.types.items() if stored.kind == ENUM_KIND}
        labels = {name: self.plan_labels(ours[name]) for name in stored_enums if name in ours}
        for type_name, column in enum_columns(self.metadata):
            if type_name in ours:
                self.plan_column(ours[type_name], labels[type_name], column)
        return self.result

    def plan_labels(self, ours: StoredType) -> Labels:
        """Spellings come before what a person mapped, so that a label's own spelling is what gets its name."""
        declared, schema = labels_of(ours.name), self.catalogue.schema
        labels = Labels(list(ours.labels))
        no_mapping: LabelMapping = {}
        for mapping in (no_mapping, self.mapping):
            for old in ours.labels:
                new = target_of(ours.name, old, mapping)
                if new is not None and new not in labels.found and old not in labels.renamed:
                    self.result.steps.append(rename_label(schema, ours.name, old, new))
                    labels.found[labels.found.index(old)] = new
                    labels.renamed[old] = new
        for label in declared:
            if label not in labels.found:
                beside = _neighbour(label, declared, labels.found)
                self.result.steps.append(add_label(schema, ours.name, label, beside))
                _insert(labels.found, label, beside)
        for label in labels.found:
            if label not in declared and target_of(ours.name, label, self.mapping) is not None:
                self.note(
                    f"{ours.name} keeps {label!r}, which no row should hold: PostgreSQL cannot drop a label."
                    " It harms nobody."
                )
        return labels

    def plan_column(self, ours: StoredType, labels: Labels, column: Column[Any]) -> None:
        place = Place(self.catalogue.schema, ours.name, column)
        stored = self.catalogue.columns[(column.table.name, column.name)]
        is_enum = stored.type_oid == ours.oid
        default = declared_default(column)
        if not is_enum and not stored.is_text:
            sql = make_enum(place, stored.type_name, default).sql
            self.refuse(f"{place} is of type {stored.type_name}, whose values are no texts. If they are labels:", sql)
            return
        checks = [one for one in self.findings if one.code == "check_undeclared" and str(place) == _place_of(one)]
        refused = self.weigh_checks(checks, ours, labels if is_enum else Labels([]))
        self.plan_default(place, stored, labels if is_enum else Labels([]))
        values_fit, may_be_required = self.plan_rows(place, labels, refused, is_enum=is_enum)
        if not is_enum and values_fit:
            self.plan_type(place, stored)
        if stored.is_not_null == bool(column.nullable) and may_be_required:
            self.result.steps.append(set_nullable(place))

    def weigh_checks(self, checks: list[Finding], ours: StoredType, labels: Labels) -> set[str]:
        """The labels that somebody's constraints will still refuse once labels have their right names."""
        refused: set[str] = set()
        for check in checks:
            definition = check.actual or ""
            for old, new in labels.renamed.items():
                definition = definition.replace(literal(old), literal(new))
            refuses = labels_refused(definition, labels_of(ours.name))
            refused.update(refuses)
            if refuses:
                self.refuse(check.message, check.remedy)
            else:
                self.note(check.message, check.remedy)
        return refused

    def plan_default(self, place: Place, stored: StoredColumn, labels: Labels) -> None:
        wanted, found = declared_default(place.column), default_label(stored.default)
        if wanted != labels.renamed.get(found or "", found):
            self.result.steps.append(set_default(place, wanted, stored.default))

    def plan_rows(self, place: Place, labels: Labels, refused: set[str], *, is_enum: bool) -> tuple[bool, bool]:
        """Whether all texts will be labels, and whether no NULL will be left."""
        undecided: list[tuple[str | None, int]] = []
        for held, count in self.held[str(place)].items():
            new = target_of(place.type_name, held, self.mapping)
            if is_enum and held in labels.renamed:
                continue
            if new is not None and new not in refused:
                self.result.steps.append(move_rows(place, held, new, count, is_text=not is_enum))
            elif new is None and held in labels.found:
                self.note(
                    f"{place} holds {held!r} in {rows(count)}, which this build does not know. It is left as it is.",
                    f"To give it up: {REPAIR} {map_option(held)}",
                )
            else:
                undecided.append((held, count))
        self.ask_about(place, [one for one in undecided if target_of(place.type_name, one[0], self.mapping) is None])
        left = {held for held, _ in undecided}
        return not left - {None}, None not in left

    def ask_about(self, place: Place, undecided: list[tuple[str | None, int]]) -> None:
        for held, count in undecided[:MOST_VALUES_TOLD]:
            self.refuse(
                f"{place} holds {shown(held)} in {rows(count)}, which is no spelling of a label. Say what it is:",
                f"{REPAIR} {map_option(held)}",
            )
        more = len(undecided) - MOST_VALUES_TOLD
        if more > 0:
            count_them = f"SELECT {place.column_sql}, count(*) FROM {place.table_sql} GROUP BY 1"  # noqa: S608  # only told
            self.refuse(f"{more:,} more values of {place} are no spelling of a label:", count_them)

    def plan_type(self, place: Place, stored: StoredColumn) -> None:
        """From text back to the enum, unless something is built on the text. A repair drops nothing it did not make."""
        step = make_enum(place, stored.type_name, declared_default(place.column))
        obstacles = list(find_obstacles(self.connection, place))
        if not obstacles:
            self.result.steps.append(step)
            return
        drops = [f"{one.drop_sql};" if one.drop_sql else f"-- first take away: {one.words}" for one in obstacles]
        were = [f"-- then make again what was: {one.was or one.words}".replace("\n", "\n-- ") for one in obstacles]
        self.refuse(
            f"{place} is of type {stored.type_name}, and these were built on that: "
            + ", ".join(one.words for one in obstacles)
            + ". If they are yours to take away for a moment:",
            "\n".join([*drops, f"{step.sql};", *were]),
        )

    def leave(self, finding: Finding) -> None:
        tell = self.note if finding.severity is Severity.WARNING else self.refuse
        tell(finding.message, finding.remedy)

    def refuse(self, sentence: str, remedy: str | None = None) -> None:
        self.result.refusals.append(Remark(sentence, remedy))

    def note(self, sentence: str, remedy: str | None = None) -> None:
        self.result.notes.append(Remark(sentence, remedy))


def _neighbour(label: str, declared: list[str], found: list[str]) -> tuple[str, str] | None:
    """Where a missing label belongs: after the nearest declared one before it, or else before the nearest after it."""
    position = declared.index(label)
    before: Iterator[str] = (other for other in reversed(declared[:position]) if other in found)
    after: Iterator[str] = (other for other in declared[position + 1 :] if other in found)
    previous, following = next(before, None), next(after, None)
    if previous is not None:
        return "AFTER", previous
    return None if following is None else ("BEFORE", following)


def _insert(found: list[str], label: str, beside: tuple[str, str] | None) -> None:
    if beside is None:
        found.append(label)
    else:
        found.insert(found.index(beside[1]) + (beside[0] == "AFTER"), label)


def _place_of(finding: Finding) -> str:
    return f"{finding.table}.{finding.column}"
