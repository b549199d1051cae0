package agent

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// passing is a spare whose worker runs tasks of given lengths.
type passing struct {
	spare
	now  int64
	said []bool
}

func newPassing() *passing {
	p := new(passing)
	p.set = func(on bool) { p.said = append(p.said, on) }
	return p
}

func (p *passing) tasks(n int, took time.Duration) {
	for range n {
		p.now += int64(took)
		p.passed(p.now-int64(took), p.now, false)
	}
}

// wait is a worker that finds nothing for a time.
func (p *passing) wait(d time.Duration) {
	p.passed(p.now, p.now, true)
	p.now += int64(d)
	p.passed(p.now-int64(d), p.now, false)
}

func (p *passing) want(t *testing.T, said ...bool) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.said, said) {
		t.Fatalf("the spare goroutine is wanted: %v, and not %v", p.said, said)
	}
}

func TestShortTasksNeedNoSpareGoroutine(t *testing.T) {
	p := newPassing()
	defer p.end()
	p.tasks(manyShort-1, shortTask)
	p.tasks(1000, longTask/2) // neither nor
	p.want(t)
	p.tasks(1, shortTask)
	p.want(t, false)
	p.wait(time.Second)
	p.tasks(1, longTask) // its core was needed elsewhere
	p.tasks(perLong, shortTask)
	p.wait(time.Second)
	p.want(t, false)
	p.tasks(manyShort/perLong, longTask)
	p.want(t, false, true)
	p.tasks(manyShort, shortTask)
	p.want(t, false, true, false)
}

func TestALongTaskHasASpareGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPassing()
		p.tasks(manyShort, shortTask)
		p.want(t, false)
		for range 10 { // somebody comes by
			<-time.After(spareTimeout / 2)
			p.tasks(1, shortTask)
		}
		p.want(t, false)
		<-time.After(2 * spareTimeout)
		synctest.Wait()
		p.want(t, false, true)
		<-time.After(time.Minute)
		p.want(t, false, true)
		p.tasks(manyShort, shortTask)
		p.want(t, false, true, false)
		p.passed(p.now, p.now, true)
		<-time.After(time.Minute)
		p.want(t, false, true, false)
		p.passed(p.now, p.now, false) // a task begins
		<-time.After(2 * spareTimeout)
		synctest.Wait()
		p.want(t, false, true, false, true)
		p.tasks(manyShort, shortTask)
		p.want(t, false, true, false, true, false)
		p.end()
		p.want(t, false, true, false, true, false, true)
		p.tasks(manyShort, shortTask)
		p.want(t, false, true, false, true, false, true)
	})
}
