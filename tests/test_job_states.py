"""docintel.library.jobs.states: which changes there are, and what no sequence of them can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docintel.library.jobs.states import (
    ENDED,
    FIRST,
    InvalidChange,
    JobEvent,
    JobState,
    JobStatus,
    JobStep,
    PageCounts,
    PageEvent,
    PageState,
    after,
    document_state,
    is_possible,
    page_change,
)


def possible(status: JobStatus) -> list[JobEvent]:
    return [event for event in JobEvent if is_possible(status, event)]


def reachable(first: JobStatus, events: frozenset[JobEvent] = frozenset(JobEvent)) -> set[JobStatus]:
    found, waiting = {first}, [first]
    while waiting:
        status = waiting.pop()
        following = {after(status, event) for event in possible(status) if event in events} - found
        found |= following
        waiting += following
    return found


def test_every_state_and_step_that_is_named_is_reached() -> None:
    found = reachable(FIRST)
    assert {status.state for status in found} == set(JobState)
    assert {status.step for status in found} == set(JobStep)


@pytest.mark.parametrize("status", sorted(reachable(FIRST), key=str))
def test_whatever_happened_a_job_can_be_brought_to_its_end(status: JobStatus) -> None:
    assert JobStatus(JobState.DONE, JobStep.FINISH) in reachable(status)


@pytest.mark.parametrize("status", sorted(reachable(FIRST), key=str))
def test_a_job_is_either_open_and_can_be_cancelled_or_has_ended(status: JobStatus) -> None:
    assert is_possible(status, JobEvent.CANCELLED) is (status.state not in ENDED)


@pytest.mark.parametrize("step", JobStep)
def test_what_was_cancelled_at_any_step_can_be_retried(step: JobStep) -> None:
    assert after(JobStatus(JobState.CANCELLED, step), JobEvent.RETRIED) == JobStatus(JobState.QUEUED, step)


@pytest.mark.parametrize("status", sorted(reachable(FIRST), key=str))
def test_only_people_lead_out_of_an_end(status: JobStatus) -> None:
    if status.state in ENDED:
        assert set(possible(status)) <= {JobEvent.RETRIED, JobEvent.PAGES_RETRIED, JobEvent.READ_AGAIN}


AGAIN = (JobEvent.PAGES_RETRIED, JobEvent.READ_AGAIN)


@given(st.lists(st.sampled_from(list(JobEvent)), max_size=40))
def test_no_sequence_of_events_finishes_a_job_whose_pages_have_not_ended(events: list[JobEvent]) -> None:
    status, has_ended_pages = FIRST, False
    for event in events:
        if not is_possible(status, event):
            with pytest.raises(InvalidChange):
                after(status, event)
            continue
        before, status = status, after(status, event)
        has_ended_pages = (has_ended_pages or event is JobEvent.PAGES_ENDED) and event not in AGAIN
        assert status.state is not JobState.DONE or has_ended_pages
        assert before.step is JobStep.OPEN or status.step is not JobStep.OPEN, "what was opened stays so"


def test_pages_end_only_by_way_of_being_read_or_by_people() -> None:
    into = {event: page_change(event) for event in PageEvent}
    assert [event for event, (_, state) in into.items() if state is PageState.DONE] == [PageEvent.READ]
    assert into[PageEvent.READ][0] == into[PageEvent.FAILED][0] == {PageState.READING}
    assert PageState.DONE not in into[PageEvent.CANCELLED][0] | into[PageEvent.RETRIED][0]


@given(st.builds(PageCounts, *[st.integers(0, 3)] * 5), st.sampled_from(sorted(reachable(FIRST), key=str)))
def test_a_document_is_ready_only_when_all_its_pages_are(counts: PageCounts, job: JobStatus) -> None:
    if document_state(job, counts) == "ready":
        assert job.state is JobState.DONE
        assert not counts.failed and not counts.cancelled


@pytest.mark.parametrize(
    ("job", "step", "counts", "state"),
    [
        ("queued", "open", PageCounts(), "queued"),
        ("reading", "open", PageCounts(), "reading"),
        ("reading", "pages", PageCounts(queued=2), "reading"),
        ("reading", "finish", PageCounts(done=2), "reading"),
        ("done", "finish", PageCounts(done=2), "ready"),
        ("done", "finish", PageCounts(done=1, failed=1), "partial"),
        ("done", "finish", PageCounts(failed=2), "failed"),
        ("queued", "pages", PageCounts(done=1, queued=1), "reading"),
        ("queued", "pages", PageCounts(queued=2), "queued"),
        ("no_room", "pages", PageCounts(queued=2), "queued"),
        ("cancelled", "pages", PageCounts(done=1, cancelled=1), "cancelled"),
        ("failed", "open", PageCounts(), "failed"),
        ("needs_password", "open", PageCounts(), "needs_password"),
        ("quarantined", "finish", PageCounts(done=1), "quarantined"),
    ],
)
def test_a_document_s_state_follows_from_its_job_and_pages(job: str, step: str, counts: PageCounts, state: str) -> None:
    assert document_state(JobStatus(JobState(job), JobStep(step)), counts) == state
