package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
)

func kill(t *testing.T, pid int) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSeveralClientsUseOneCluster(t *testing.T) {
	cluster := start(t, local.Options{Processes: 2, Slots: 1})
	if err := cluster.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	workers := cluster.Workers()
	if len(workers) != 2 || workers[0].Name != "worker-0" || workers[0].Pid == workers[1].Pid {
		t.Fatalf("the workers are %v", workers)
	}
	for _, c := range []*braid.Client{open(t, cluster), open(t, cluster)} {
		if err := c.WaitWorkers(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		byWorker, err := braid.OnEveryWorker(t.Context(), c, pid.Call(braid.V(0)))
		if err != nil || len(byWorker) != 2 {
			t.Fatal(byWorker, err)
		}
		for _, w := range workers {
			if byWorker[w.Name] != w.Pid {
				t.Errorf("%s is process %d, and answers %d", w.Name, w.Pid, byWorker[w.Name])
			}
		}
	}
	text := cluster.String()
	for _, words := range []string{"2 worker processes", "2 joined, with 2 slots", fmt.Sprint("worker-1, process ", workers[1].Pid), cluster.Address()} {
		if !strings.Contains(text, words) {
			t.Errorf("the cluster prints %q, without %q", text, words)
		}
	}
}

func TestAKilledWorkerIsReplaced(t *testing.T) {
	report := new(buffer)
	cluster := start(t, local.Options{Processes: 2, Slots: 1, Report: report})
	if err := cluster.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	c := open(t, cluster)
	before := pids(cluster)
	naps := nap.Map(t.Context(), c, slices.Repeat([]time.Duration{5 * time.Millisecond}, 40))
	kill(t, before[0])
	if _, err := naps.Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := cluster.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if after := pids(cluster); len(after) != 2 || slices.Contains(after, before[0]) || !slices.Contains(after, before[1]) {
		t.Errorf("the workers were %v and are %v", before, after)
	}
	if text := report.String(); !strings.Contains(text, "SIGKILL") {
		t.Errorf("the report is %q", text)
	}
}

func TestASmallClientNeedNotWaitForALargeOne(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	large, small := open(t, cluster), open(t, cluster)
	many := nap.Map(t.Context(), large, slices.Repeat([]time.Duration{2 * time.Millisecond}, 2000))
	if _, err := nap.Map(t.Context(), small, slices.Repeat([]time.Duration{time.Millisecond}, 10)).Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	if many.At(many.Len() - 1).Done() {
		t.Error("ten tasks of one client ended after 2,000 of another")
	}
	many.Cancel()
}

func TestClientsOfAClusterThatIsClosedAreTold(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	c := open(t, cluster)
	if err := c.WaitWorkers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	long := braid.Submit(t.Context(), c, nap.Call(braid.V(time.Hour)))
	if err := cluster.Close(); err != nil {
		t.Error(err)
	}
	_, err := long.Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the cluster was closed by the program that started it") {
		t.Errorf("a task that waited: %v", err)
	}
	if _, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "the cluster was closed") {
		t.Errorf("a task afterwards: %v", err)
	}
	if _, err := braid.Open(t.Context(), braid.Options{Address: cluster.Address()}); err == nil || !strings.Contains(err.Error(), "there is no cluster at") {
		t.Errorf("a client afterwards: %v", err)
	}
	if err := cluster.WaitWorkers(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("waiting for workers afterwards: %v", err)
	}
	if text := cluster.String(); text != "braid cluster, closed" {
		t.Errorf("it prints %q", text)
	}
	if err := cluster.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for says, o := range map[string]local.Options{
		"Processes is -1": {Processes: -1},
		"Slots is -2":     {Slots: -2},
		"CloseTimeout":    {CloseTimeout: -time.Second},
	} {
		if _, err := local.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := local.Start(over, local.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}
