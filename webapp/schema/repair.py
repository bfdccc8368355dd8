"""Mends the database: takes the steps of a plan as the owner of the tables, while no migration runs.

Every step is a transaction of its own, so a run that is broken off leaves what it has done, and the next run does the
rest. Steps that meet what somebody wrote meanwhile are planned anew.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import DBAPIError

from webapp.config import Settings
from webapp.database import Base, db
from webapp.schema.locks import LOCK_PATIENCE_SECONDS, only_run, with_patience
from webapp.schema.owner import owner_engine
from webapp.schema.readiness import forget_findings
from webapp.schema.repair_mapping import LabelMapping
from webapp.schema.repair_plan import Remark, RepairPlan, plan_repair
from webapp.schema.repair_steps import RowsMove, Step, rows

ROWS_PER_BATCH = 5_000
BATCHES_BETWEEN_WORDS = 20
ROWS_PATIENCE_SECONDS = 30.0  # for rows that open transactions hold, once all others are moved
SECONDS_BETWEEN_LOOKS = 0.2
MOST_ROUNDS = 5
# A value that was no label, or NULL, was written after the rows were moved, or somebody's transaction got in the way.
_MET_SOMEBODY = frozenset({"22P02", "23502", "40P01"})

Say = Callable[[str], object]


@dataclass
class RepairOutcome:
    """What was done and what was not. `plan` is what was left to do, and to say, at the end."""

    steps_taken: int = 0
    failures: list[Remark] = field(default_factory=list)
    plan: RepairPlan = field(default_factory=RepairPlan)


def plan_now(mapping: LabelMapping) -> RepairPlan:
    """The plan for the application's database, seen as the application's own role sees it. Changes nothing."""
    with db.engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '300s'"))
        return plan_repair(connection, Base.metadata, mapping)


def repair_now(settings: Settings, mapping: LabelMapping, say: Say, *, batch: int = ROWS_PER_BATCH) -> RepairOutcome:
    """Repairs the application's database, and makes the next health check look again."""
    try:
        return apply_repair(owner_engine(settings, "foyer-repair"), Base.metadata, mapping, say, batch=batch)
    finally:
        forget_findings()


def apply_repair(
    engine: Engine,
    metadata: MetaData,
    mapping: LabelMapping,
    say: Say,
    *,
    batch: int = ROWS_PER_BATCH,
    lock_patience: float = LOCK_PATIENCE_SECONDS,
) -> RepairOutcome:
    """Plans and takes the steps until nothing is left that a repair does. `say` is told each step and how it went.

    `engine` must connect as the role that owns the tables. Raises AnotherRunning when a migration or another repair
    does not end in time, and a SQLAlchemyError when the database goes away: what was done by then stays.
    """
    with engine.connect() as connection:
        # Each statement is committed at once: ALTER TYPE .. ADD VALUE has to be, and nothing is to hold a lock longer.
        worker = connection.execution_options(isolation_level="AUTOCOMMIT")
        with only_run(worker, lock_patience):
            return _Repair(engine, worker, metadata, mapping, say, batch).run()


class _Repair:
    def __init__(
        self,
        engine: Engine,
        worker: Connection,
        metadata: MetaData,
        mapping: LabelMapping,
        say: Say,
        batch: int,
    ) -> None:
        self.engine = engine
        self.worker = worker
        self.metadata = metadata
        self.mapping = mapping
        self.say = say
        self.batch = batch
        self.outcome = RepairOutcome()
        self.given_up: set[str] = set()  # types and places

    def run(self) -> RepairOutcome:
        for round_number in range(1, MOST_ROUNDS + 1):
            steps = [step for step in self.plan_again() if self.may_take(step, self.given_up)]
            if not steps:
                return self.outcome
            waiting: set[str] = set()
            for step in steps:
                if self.may_take(step, waiting | self.given_up):
                    self.take(step, waiting, is_last_chance=round_number == MOST_ROUNDS)
        self.plan_again()
        return self.outcome

    def plan_again(self) -> list[Step]:
        with self.engine.connect() as reader:
            self.outcome.plan = plan_repair(reader, self.metadata, self.mapping)
        return self.outcome.plan.steps

    @staticmethod
    def may_take(step: Step, stuck: set[str]) -> bool:
        """Whether nothing that comes before this step has failed."""
        return step.type_name not in stuck and step.place not in stuck

    def take(self, step: Step, waiting: set[str], *, is_last_chance: bool) -> None:
        """Takes one step. If it fails, its place is given up, or waits for the next plan."""
        self.say(step.sentence)
        stuck = step.place or step.type_name
        try:
            left = self.move(step) if isinstance(step, RowsMove) else self.change(step)
        except DBAPIError as error:
            if error.connection_invalidated or error.orig is None:
                raise
            if getattr(error.orig, "pgcode", None) in _MET_SOMEBODY and not is_last_chance:
                self.say("  Not yet: something else was written meanwhile. Planned again.")
                waiting.add(stuck)
                return
            self.give_up(step, stuck, _words(error), step.sql if not isinstance(step, RowsMove) else None)
            return
        self.outcome.steps_taken += 1
        if left:
            self.give_up(step, stuck, f"{rows(left)} are held by open transactions or still being written", None)

    def give_up(self, step: Step, stuck: str, why: str, sql: str | None) -> None:
        self.say(f"  Not done: {why}.")
        self.outcome.failures.append(Remark(f"{step.sentence} Because: {why}.", sql))
        self.given_up.add(stuck)

    def change(self, step: Step) -> int:
        self.say(f"  {step.sql}")
        with_patience(lambda: self.execute(step.sql), self.say_that_it_waits)
        self.say("  Done.")
        return 0

    def execute(self, sql: str) -> None:
        # As it stands: neither a colon nor a percent sign in a label means anything here.
        self.worker.exec_driver_sql(sql, execution_options={"no_parameters": True})

    def move(self, step: RowsMove) -> int:
        """Moves the rows batch by batch. Returns how many are left when patience has run out."""
        moved = batches = 0
        give_up_at: float | None = None
        while True:
            number = with_patience(lambda: self.move_batch(step), self.say_that_it_waits)
            moved, batches = moved + number, batches + 1
            if number == self.batch:
                if batches % BATCHES_BETWEEN_WORDS == 0:
                    self.say(f"  {moved:,} of about {step.count:,} moved so far.")
                continue
            left = self.count_left(step)
            now = time.monotonic()
            give_up_at = give_up_at or now + ROWS_PATIENCE_SECONDS
            if not left or now >= give_up_at:
                self.say(f"  {rows(moved)} moved.")
                return left
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def move_batch(self, step: RowsMove) -> int:
        return self.worker.execute(step.batch_statement(), {**step.parameters, "batch": self.batch}).rowcount

    def count_left(self, step: RowsMove) -> int:
        return int(self.worker.execute(step.left_statement(), {"old": step.old}).scalar_one())

    def say_that_it_waits(self, _attempt: int) -> None:
        self.say("  The table is in use. Trying again.")


def _words(error: DBAPIError) -> str:
    details = getattr(error.orig, "diag", None)
    message = getattr(details, "message_primary", None) or str(error.orig).strip()
    more = getattr(details, "message_detail", None)
    return f"{message} ({more.rstrip('.')})" if more else str(message)
