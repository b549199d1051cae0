//go:build unix

package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/job"
)

// Answer answers a request about jobs. It does not wait: reply is called later, or never if the host ends before.
func (h *Host) Answer(body []byte, reply func(body []byte, err error)) {
	r, err := job.ParseRequest(body)
	if err != nil {
		reply(nil, &job.RefusedError{Err: err, Refusal: job.RefusedWrong})
		return
	}
	for _, s := range r.Specs {
		if err := s.Check(); err != nil {
			reply(nil, &job.RefusedError{Err: fmt.Errorf("job %q: %w", s.Name, err), Refusal: job.RefusedWrong})
			return
		}
	}
	h.in.put(func() { h.answer(r, reply) })
}

func (h *Host) answer(r *job.Request, reply func(body []byte, err error)) {
	if r.Do == job.Watch && r.Since == h.changes && r.Wait > 0 {
		h.watch(r, reply)
		return
	}
	x, err := h.do(r)
	h.reply(x, err, reply)
}

// reply sends a reply, or why there is none.
func (h *Host) reply(x *job.Reply, err error, reply func(body []byte, err error)) {
	if err != nil {
		if _, coded := errors.AsType[*job.RefusedError](err); !coded {
			kind := uint32(job.RefusedOther)
			if _, ok := errors.AsType[*job.NotFoundError](err); ok {
				kind = job.RefusedNotFound
			}
			err = &job.RefusedError{Err: err, Refusal: kind}
		}
		reply(nil, err)
		return
	}
	x.Version, x.Store, x.Changes = job.AskVersion, h.store.Folder(), h.changes
	reply(json.Marshal(x))
}

// do does what a request asks for.
func (h *Host) do(r *job.Request) (*job.Reply, error) {
	if r.Do == job.Submit {
		return h.submit(r.Specs)
	}
	chosen, err := job.Select(h.summaries(), r.Select)
	if _, ok := errors.AsType[*job.NotFoundError](err); err != nil && !ok {
		return nil, &job.RefusedError{Err: err, Refusal: job.RefusedWrong}
	}
	if err != nil {
		return nil, err
	}
	x := &job.Reply{}
	switch r.Do {
	case job.Show, job.Watch:
		x.Jobs = chosen
		return x, nil
	case job.Stop, job.Again:
		for _, s := range chosen {
			n, err := h.turn(h.byID[s.ID], r.Do)
			if err != nil {
				return nil, err
			}
			x.Tasks = append(x.Tasks, n)
		}
	case job.Remove:
		if err := h.remove(chosen); err != nil {
			return nil, err
		}
		x.Jobs = chosen
		return x, nil
	case job.Explain:
		if x.Text, err = h.explain(chosen, r.Task); err != nil {
			return nil, err
		}
	default:
		return nil, &job.RefusedError{Err: fmt.Errorf("the cluster does not know how to %q jobs: use the same version of braid", r.Do), Refusal: job.RefusedWrong}
	}
	h.changed()
	x.Jobs = h.again(chosen)
	return x, nil
}

// summaries returns all jobs in short.
func (h *Host) summaries() []job.Summary {
	jobs := make([]*job.Job, len(h.jobs))
	for k, e := range h.jobs {
		jobs[k] = e.Job
	}
	list := job.Summarize(jobs, true)
	for k, e := range h.jobs {
		waiting := 0 // at workers
		for number, f := range e.flights {
			if e.Status(number) == job.Running && !f.batch.Begun(f.k) {
				waiting++
			}
		}
		s := &list[k]
		s.Counts[job.Running] -= waiting
		s.Counts[job.Pending] += waiting
		if s.State == job.Runs && s.Counts[job.Running] == 0 {
			s.State = job.Queued
		}
		if e.held != "" && e.Counts.Left() > 0 {
			list[k].State, list[k].Why = job.Blocked, e.held
		}
	}
	return list
}

// again returns jobs as they are now.
func (h *Host) again(chosen []job.Summary) (list []job.Summary) {
	for _, s := range h.summaries() {
		if slices.ContainsFunc(chosen, func(c job.Summary) bool { return c.ID == s.ID }) {
			list = append(list, s)
		}
	}
	return list
}

// submit takes jobs in.
func (h *Host) submit(specs []*job.Spec) (*job.Reply, error) {
	if len(specs) == 0 {
		return nil, &job.RefusedError{Err: errors.New("no job was submitted"), Refusal: job.RefusedWrong}
	}
	for _, s := range specs {
		for _, id := range slices.Concat(s.After, s.Each) {
			if id >= 0 && h.byID[id] == nil {
				return nil, &job.NotFoundError{What: fmt.Sprintf("there is no job %d that this one could come after", id), Remedy: "\"braid job ls\" lists those that there are"}
			}
		}
		if err := h.checkEach(s, specs); err != nil {
			return nil, &job.RefusedError{Err: err, Refusal: job.RefusedWrong}
		}
		s.Submitted = time.Now().UTC().Truncate(time.Millisecond)
	}
	for _, s := range specs {
		s.Submitted = specs[0].Submitted
	}
	h.makeRoom(len(specs))
	jobs, err := h.store.Add(specs)
	if err != nil {
		return nil, fmt.Errorf("keep the job: %w", err)
	}
	x := &job.Reply{}
	for _, j := range jobs {
		h.enter(j)
	}
	h.changed()
	list := h.summaries()
	x.Jobs = list[len(list)-len(jobs):]
	return x, nil
}

// makeRoom removes the oldest jobs that are over and that no other waits for, if there are too many or they take too much.
func (h *Host) makeRoom(more int) {
	var bytes int64
	for _, e := range h.jobs {
		bytes += h.store.Size(e.Job)
	}
	for _, e := range slices.Clone(h.jobs) {
		if len(h.jobs)+more <= job.MostJobs && bytes <= job.MostStored {
			return
		}
		if e.Counts.Left() > 0 || h.waitedFor(e) {
			continue
		}
		bytes -= h.store.Size(e.Job)
		h.log("job %d (%s) is removed, as there are many or they are large", e.ID, e.Name)
		if err := h.forget(e); err != nil {
			h.log("job %d: %v", e.ID, err)
			return
		}
	}
}

// waitedFor reports whether a job with tasks left comes after this one.
func (h *Host) waitedFor(e *entry) bool {
	return slices.ContainsFunc(h.jobs, func(o *entry) bool {
		return o.Counts.Left() > 0 && (slices.Contains(o.After, e.ID) || slices.Contains(o.Each, e.ID))
	})
}

func (h *Host) forget(e *entry) error {
	delete(h.byID, e.ID)
	h.jobs = slices.DeleteFunc(h.jobs, func(o *entry) bool { return o == e })
	return h.store.Remove(e.Job)
}

// remove forgets jobs that are over.
func (h *Host) remove(chosen []job.Summary) error {
	for _, s := range chosen {
		if h.byID[s.ID].Counts.Left() > 0 {
			return fmt.Errorf("job %d (%s) is %s: \"braid job cancel %d\" ends it, and then it can be removed", s.ID, s.Name, s.State, s.ID)
		}
	}
	for _, s := range chosen {
		if err := h.forget(h.byID[s.ID]); err != nil {
			return err
		}
	}
	h.changed()
	return nil
}

// turn cancels a job or tries its tasks again.
func (h *Host) turn(e *entry, do string) (n int, err error) {
	if do == job.Stop {
		if e.Counts.Left() == 0 {
			return 0, nil
		}
		if n, err = h.store.Cancel(e.Job); err != nil {
			return 0, err
		}
		clear(e.flights)
		for b := range e.batches {
			b.Stop()
		}
		h.over(e)
		return n, nil
	}
	e.held = ""
	if e.Counts[job.Failed]+e.Counts[job.Cancelled] == 0 {
		return 0, nil
	}
	n, err = h.store.Retry(e.Job)
	h.ripen(e)
	return n, err
}

// explain says where jobs stand, or a task of the only one.
func (h *Host) explain(chosen []job.Summary, task int) (string, error) {
	var lines []string
	for _, s := range chosen {
		e := h.byID[s.ID]
		switch {
		case task == 0:
			lines = append(lines, fmt.Sprintf("job %d (%s) is %s", s.ID, s.Name, explained(s)))
		case task < 0 || task > e.Counts.Total():
			return "", &job.NotFoundError{What: fmt.Sprintf("job %d (%s) has no task %d", s.ID, s.Name, task), Remedy: fmt.Sprintf("it has tasks 1 to %d", e.Counts.Total())}
		default:
			lines = append(lines, fmt.Sprintf("task %d of job %d (%s): %s", task, s.ID, s.Name, h.explainTask(e, s, task)))
		}
	}
	return strings.Join(lines, "\n"), nil
}

// explained says in words how far a job is.
func explained(s job.Summary) string {
	c := s.Counts
	text := fmt.Sprintf("%s: %d of %d tasks done, %d running, %d pending", s.State, c[job.Done], c.Total(), c[job.Running], c[job.Pending])
	if n := c[job.Failed]; n > 0 {
		text += fmt.Sprintf(", %d failed", n)
	}
	if n := c[job.Cancelled]; n > 0 {
		text += fmt.Sprintf(", %d cancelled", n)
	}
	switch {
	case s.Why != "":
		text += "; " + s.Why
	case s.State == job.HasFailed || s.State == job.WasStopped:
		text += fmt.Sprintf("; \"braid job logs %d --failed\" shows what failed tasks printed, \"braid job retry %d\" runs them again", s.ID, s.ID)
	}
	return text
}

// explainTask says in words where a task stands.
func (h *Host) explainTask(e *entry, s job.Summary, task int) string {
	if f, ok := e.flights[task]; ok {
		return f.batch.Explain(f.k)
	}
	switch st := e.Status(task); {
	case st != job.Pending:
		return fmt.Sprintf("%s; \"braid job info %d --task %d\" says how", st, e.ID, task)
	case !e.IsRipe(task, h.find):
		return fmt.Sprintf("pending: it comes after task %d of job %s", task, strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Each), " ", ", "), "[]"))
	case s.State == job.Waits || s.State == job.Blocked:
		return fmt.Sprintf("pending: the job is %s: %s", s.State, s.Why)
	}
	before := 0
	for n := 1; n < task; n++ {
		if e.Status(n) == job.Pending {
			before++
		}
	}
	return fmt.Sprintf("pending: %d tasks of the job go before it, and %d are with the workers", before, len(e.flights))
}
