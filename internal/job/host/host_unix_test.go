//go:build unix

package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/job/work"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine is one whose tasks end when the test says so.
type engine struct {
	mu      sync.Mutex
	window  int
	running map[string]func(*work.Outcome, error) // by job and task
	waits   map[string]bool                       // those that have not begun yet
	rests   int
	refuse  error
}

func newEngine(window int) *engine {
	return &engine{window: window, running: map[string]func(*work.Outcome, error){}}
}

type flights struct {
	engine *engine
	keys   []string
}

func (e *engine) Run(j *job.Job, _ string, numbers []int, ended func(int, *work.Outcome, error)) (Batch, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse != nil {
		return nil, e.refuse
	}
	f := flights{engine: e}
	for k, n := range numbers {
		key := fmt.Sprintf("%d/%d", j.ID, n)
		f.keys = append(f.keys, key)
		e.running[key] = func(o *work.Outcome, err error) { ended(k, o, err) }
	}
	return f, nil
}

func (f flights) Stop() {
	for _, key := range f.keys {
		f.engine.end(key, nil, ErrStopped)
	}
}

func (f flights) Explain(k int) string { return "running: " + f.keys[k] }

func (f flights) Begun(k int) bool { return !f.engine.waits[f.keys[k]] }

func (e *engine) Window() int  { return e.window }
func (e *engine) Rest()        { e.mu.Lock(); e.rests++; e.mu.Unlock() }
func (e *engine) Close() error { return nil }

// end ends a task if it runs.
func (e *engine) end(key string, o *work.Outcome, err error) {
	e.mu.Lock()
	ended := e.running[key]
	delete(e.running, key)
	e.mu.Unlock()
	if ended != nil {
		ended(o, err)
	}
}

// finish ends a task of a job with an exit code.
func (e *engine) finish(id, task, code int) {
	r := journal.Record{Task: int64(task), Code: code, Attempts: 1, Ended: time.Now().UnixMilli(), Wall: 1000}
	e.end(fmt.Sprintf("%d/%d", id, task), &work.Outcome{Record: r, Stdout: fmt.Appendf(nil, "task %d\n", task)}, nil)
}

// now are the tasks that run.
func (e *engine) now() string {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	var keys []string
	for key := range e.running {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// hosted is a host with an engine for a test in a bubble.
type hosted struct {
	*Host
	t      *testing.T
	engine *engine
	log    []string
}

func open(t *testing.T, folder string, window int) *hosted {
	t.Helper()
	h := &hosted{t: t, engine: newEngine(window)}
	var mu sync.Mutex
	var err error
	h.Host, err = Open(folder, h.engine, func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		h.log = append(h.log, fmt.Sprintf(format, args...))
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hosted) close() {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Error(err)
	}
}

// ask asks and waits for the reply.
func (h *hosted) ask(r job.Request) (*job.Reply, error) {
	h.t.Helper()
	r.Version = job.AskVersion
	body, err := json.Marshal(r)
	if err != nil {
		h.t.Fatal(err)
	}
	type answer struct {
		body []byte
		err  error
	}
	replied := make(chan answer, 1)
	h.Answer(body, func(body []byte, err error) { replied <- answer{body, err} })
	a := <-replied
	if a.err != nil {
		return nil, a.err
	}
	x := new(job.Reply)
	if err := json.Unmarshal(a.body, x); err != nil {
		h.t.Fatal(err)
	}
	return x, nil
}

func (h *hosted) must(r job.Request) *job.Reply {
	h.t.Helper()
	x, err := h.ask(r)
	if err != nil {
		h.t.Fatal(err)
	}
	return x
}

// array is a job of so many tasks.
func array(n int, after ...int) *job.Spec {
	return &job.Spec{
		Version: job.SpecVersion, Name: "x", Words: []job.Text{"a"}, Lists: []job.Arguments{{Array: fmt.Sprintf("1-%d", n)}}, Folder: "/", Keep: 1,
		Needs: job.Needs{Cores: 1}, After: after,
	}
}

func (h *hosted) submit(specs ...*job.Spec) {
	h.t.Helper()
	h.must(job.Request{Do: job.Submit, Specs: specs})
}

// states are those of all jobs.
func (h *hosted) states() string {
	h.t.Helper()
	var b strings.Builder
	for _, s := range h.must(job.Request{Do: job.Show, Select: "all"}).Jobs {
		fmt.Fprintf(&b, "%d %s %v; ", s.ID, s.State, s.Counts)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func (h *hosted) expect(running, states string) {
	h.t.Helper()
	if got := h.engine.now(); got != running {
		h.t.Errorf("%q run, want %q", got, running)
	}
	if got := h.states(); got != states {
		h.t.Errorf("the jobs are %q, want %q", got, states)
	}
}

func TestOnlyTasksThatHaveBegunRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, filepath.Join(t.TempDir(), "jobs"), 4)
		defer h.close()
		h.engine.waits = map[string]bool{"1/2": true, "1/3": true, "1/4": true, "2/1": true}
		h.submit(array(6), array(1))
		h.expect("1/1 1/2 1/3 1/4 2/1", "1 running [5 1 0 0 0]; 2 queued [1 0 0 0 0]")
	})
}

func TestJobsRunInTheirOrderAndGoOnAfterAKill(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 4)
		h.submit(array(6), array(2, -1))
		h.expect("1/1 1/2 1/3 1/4", "1 running [2 4 0 0 0]; 2 waiting [2 0 0 0 0]")
		h.engine.finish(1, 2, 0)
		h.expect("1/1 1/3 1/4", "1 running [2 3 1 0 0]; 2 waiting [2 0 0 0 0]") // more when half of the window is free
		h.engine.finish(1, 1, 5)
		h.expect("1/3 1/4 1/5 1/6", "1 running [0 4 1 1 0]; 2 waiting [2 0 0 0 0]")
		h.close() // which writes nothing about those that run: the same as a kill
	})
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 4)
		defer h.close()
		if len(h.log) != 2 || !strings.Contains(h.log[0], "job 1 (x) goes on: 4 of 6 tasks are left") {
			t.Errorf("it says %q", h.log)
		}
		h.expect("1/3 1/4 1/5 1/6", "1 running [0 4 1 1 0]; 2 waiting [2 0 0 0 0]")
		for _, n := range []int{3, 4, 5, 6} {
			h.engine.finish(1, n, 0)
		}
		h.expect("", "1 failed [0 0 5 1 0]; 2 blocked [2 0 0 0 0]")
		if x := h.must(job.Request{Do: job.Again, Select: "1"}); len(x.Tasks) != 1 || x.Tasks[0] != 1 {
			t.Errorf("%v tasks are tried again", x.Tasks)
		}
		h.expect("1/1", "1 running [0 1 5 0 0]; 2 waiting [2 0 0 0 0]")
		h.engine.finish(1, 1, 0)
		h.expect("2/1 2/2", "1 done [0 0 6 0 0]; 2 running [0 2 0 0 0]")
		rests := h.engine.rests
		h.engine.finish(2, 1, 0)
		h.engine.finish(2, 2, 0)
		h.expect("", "1 done [0 0 6 0 0]; 2 done [0 0 2 0 0]")
		if h.engine.rests != rests+1 {
			t.Errorf("the engine was told %d times that nothing is to be done", h.engine.rests-rests)
		}
	})
}

func TestTasksComeOneByOneAfterThoseOfAnother(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 8)
		each := array(3)
		each.Each = []int{-1}
		h.submit(array(3), each)
		h.expect("1/1 1/2 1/3", "1 running [0 3 0 0 0]; 2 waiting [3 0 0 0 0]")
		h.engine.finish(1, 2, 0)
		h.expect("1/1 1/3 2/2", "1 running [0 2 1 0 0]; 2 running [2 1 0 0 0]")
		if x := h.must(job.Request{Do: job.Explain, Select: "2", Task: 1}); !strings.Contains(x.Text, "pending: it comes after task 1 of job 1") {
			t.Errorf("it says %q", x.Text)
		}
		h.engine.finish(1, 1, 7)
		h.engine.finish(2, 2, 0)
		h.expect("1/3", "1 running [0 1 1 1 0]; 2 waiting [2 0 1 0 0]")
		h.engine.finish(1, 3, 0)
		h.expect("2/3", "1 failed [0 0 2 1 0]; 2 running [1 1 1 0 0]")
		h.close()
		h = open(t, folder, 8) // what was running begins anew
		defer h.close()
		h.expect("2/3", "1 failed [0 0 2 1 0]; 2 running [1 1 1 0 0]")
		h.engine.finish(2, 3, 0)
		h.expect("", "1 failed [0 0 2 1 0]; 2 blocked [1 0 2 0 0]")
		h.must(job.Request{Do: job.Again, Select: "1"})
		h.engine.now()
		h.engine.finish(1, 1, 0)
		h.expect("2/1", "1 done [0 0 3 0 0]; 2 running [0 1 2 0 0]")
		h.must(job.Request{Do: job.Stop, Select: "2"})
		h.must(job.Request{Do: job.Again, Select: "2"})
		h.engine.now()
		h.engine.finish(2, 1, 0)
		h.expect("", "1 done [0 0 3 0 0]; 2 done [0 0 3 0 0]")
		for want, s := range map[string]*job.Spec{"they are 2, and those 3": array(2), "there is no job 9": array(3)} {
			s.Each = []int{1}
			if strings.Contains(want, "9") {
				s.Each = []int{9}
			}
			if _, err := h.ask(job.Request{Do: job.Submit, Specs: []*job.Spec{s}}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not say that %s", err, want)
			}
		}
	})
}

func TestWhatIsCancelledDoesNotComeBack(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 2)
		defer h.close()
		h.submit(array(3))
		h.expect("1/1 1/2", "1 running [1 2 0 0 0]")
		late := h.engine.running["1/1"]
		if x := h.must(job.Request{Do: job.Stop, Select: "last"}); x.Tasks[0] != 3 {
			t.Errorf("%v tasks were cancelled", x.Tasks)
		}
		late(&work.Outcome{Record: journal.Record{Task: 1}}, nil) // it had just ended
		h.expect("", "1 cancelled [0 0 0 0 3]")
		h.must(job.Request{Do: job.Again, Select: "1"})
		h.expect("1/1 1/2", "1 running [1 2 0 0 0]")
		for selector, want := range map[string]uint32{"5-3": job.RefusedWrong, "": job.RefusedWrong, "99": job.RefusedNotFound, "none": job.RefusedNotFound} {
			_, err := h.ask(job.Request{Do: job.Stop, Select: selector})
			if refused, ok := errors.AsType[*job.RefusedError](err); !ok || refused.Refusal != want {
				t.Errorf("jobs %q: %v, want refusal %d", selector, err, want)
			}
		}
		if _, err := h.ask(job.Request{Do: job.Remove, Select: "1"}); err == nil || !strings.Contains(err.Error(), "job cancel 1") {
			t.Error("a job that runs is removed:", err)
		}
		h.must(job.Request{Do: job.Stop, Select: "1"})
		h.must(job.Request{Do: job.Remove, Select: "1"})
		h.expect("", "")
	})
}

func TestAJobThatTheEngineRefusesIsHeld(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 8)
		defer h.close()
		h.engine.refuse = errors.New("there is no room")
		h.submit(array(2))
		h.expect("", "1 blocked [2 0 0 0 0]")
		h.engine.refuse = nil
		x := h.must(job.Request{Do: job.Explain, Select: "1"})
		if !strings.Contains(x.Text, "there is no room") || !strings.Contains(x.Text, "job retry 1") {
			t.Errorf("it says %q", x.Text)
		}
		h.must(job.Request{Do: job.Again, Select: "1"})
		h.expect("1/1 1/2", "1 running [0 2 0 0 0]")
		h.engine.end("1/1", nil, fmt.Errorf("%w: nobody has 8 cores", ErrRefused))
		h.expect("", "1 blocked [2 0 0 0 0]")
		h.must(job.Request{Do: job.Again, Select: "1"})
		h.engine.now()
		h.engine.end("1/1", nil, errors.New("it died on three workers"))
		h.engine.finish(1, 2, 0)
		h.expect("", "1 failed [0 0 1 1 0]")
		h.submit(array(1))
		h.engine.now()
		h.engine.refuse = ErrStopped // the cluster ends
		h.engine.end("2/1", nil, ErrStopped)
		h.expect("", "1 failed [0 0 1 1 0]; 2 queued [1 0 0 0 0]")
	})
}

func TestWatchersAreToldOfChanges(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 8)
		defer h.close()
		h.submit(array(2))
		h.engine.now()
		x := h.must(job.Request{Do: job.Show, Select: "1"})
		began := time.Now()
		same := h.must(job.Request{Do: job.Watch, Select: "1", Since: x.Changes, Wait: 500})
		if d := time.Since(began); d != 500*time.Millisecond || same.Changes != x.Changes {
			t.Errorf("a watcher was told after %v, and %d changes", d, same.Changes-x.Changes)
		}
		go func() {
			<-time.After(time.Second)
			h.engine.finish(1, 1, 0)
		}()
		began = time.Now()
		changed := h.must(job.Request{Do: job.Watch, Select: "1", Since: x.Changes, Wait: job.MostWait})
		if d := time.Since(began); d != time.Second+flushAfter || changed.Jobs[0].Counts[job.Done] != 1 {
			t.Errorf("a watcher was told after %v: %v", d, changed.Jobs)
		}
		if now := h.must(job.Request{Do: job.Watch, Select: "1", Since: x.Changes, Wait: job.MostWait}); now.Changes != changed.Changes {
			t.Error("what has changed already is waited for")
		}
	})
}

func TestWrongRequestsAreRefused(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, folder, 8)
		defer h.close()
		bad := array(1)
		bad.Needs.Cores = 0
		for want, r := range map[string]job.Request{
			"2 no job was submitted": {Do: job.Submit}, "2 job \"x\": a task cannot need 0 cores": {Do: job.Submit, Specs: []*job.Spec{bad}},
			"4 there is no job 7": {Do: job.Submit, Specs: []*job.Spec{array(1, 7)}}, "4 there are no jobs": {Do: job.Show, Select: "last"},
			"2 the cluster does not know how to \"fly\" jobs": {Do: "fly", Select: "all"},
		} {
			_, err := h.ask(r)
			refused, ok := errors.AsType[*job.RefusedError](err)
			if !ok || !strings.HasPrefix(fmt.Sprintf("%d %v", refused.Code(), refused), want) {
				t.Errorf("%+v: %v, want %s", r, err, want)
			}
		}
		h.submit(array(2))
		if _, err := h.ask(job.Request{Do: job.Explain, Select: "1", Task: 3}); err == nil || !strings.Contains(err.Error(), "tasks 1 to 2") {
			t.Error(err)
		}
		h.engine.now()
		if x := h.must(job.Request{Do: job.Explain, Select: "1", Task: 2}); x.Text != "task 2 of job 1 (x): running: 1/2" {
			t.Errorf("it says %q", x.Text)
		}
		for _, body := range []string{"", "{", `{"version":2}`} {
			replied := make(chan error, 1)
			h.Answer([]byte(body), func(_ []byte, err error) { replied <- err })
			if err := <-replied; err == nil {
				t.Errorf("%q was answered", body)
			}
		}
	})
}
