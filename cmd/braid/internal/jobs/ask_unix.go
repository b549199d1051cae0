//go:build unix

package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/braid-compute/braid/cmd/braid/internal/cluster"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/local"
)

// clusterFlag says which cluster's jobs are meant.
type clusterFlag struct{ address string }

func (f *clusterFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.address, "address", "", "`address` of the cluster: the path that up prints, or its name (default BRAID_ADDRESS, or \""+cluster.Default+"\")")
}

// where returns the address.
func (f *clusterFlag) where() string {
	return cmp.Or(f.address, os.Getenv("BRAID_ADDRESS"), cluster.Default)
}

// jobView is what a command knows of the jobs of a cluster.
type jobView struct {
	address  string
	observer *local.Observer // nil if there is no cluster, and only files can be read
	absent   error           // why not
	store    string
	jobs     []job.Summary
	changes  uint64
}

// viewJobs asks the cluster for its jobs. If it is not there, they are read from its store.
func (f *clusterFlag) viewJobs(ctx context.Context) (*jobView, error) {
	v, err := f.connect(ctx)
	if err == nil {
		err = v.refresh(ctx, false)
	}
	if err == nil || v == nil || v.absent == nil {
		return v, err
	}
	if local.CheckName(v.address) != nil { // a path, of a cluster with whatever name
		return nil, v.absent
	}
	if v.store, err = job.Folder(v.address); err != nil {
		return nil, err
	}
	jobs, err := job.List(v.store)
	if len(jobs) == 0 {
		return nil, errors.Join(v.absent, err)
	}
	v.jobs = job.Summarize(jobs, false)
	return v, nil
}

// connect connects to the cluster. With an error there may be a view nevertheless, of a cluster that is not there.
func (f *clusterFlag) connect(ctx context.Context) (*jobView, error) {
	v := &jobView{address: f.where()}
	limited, cancel := context.WithTimeoutCause(ctx, cluster.AnswerTime, fmt.Errorf("there was no answer within %v", cluster.AnswerTime))
	defer cancel()
	var err error
	if v.observer, err = local.Observe(limited, v.address); err == nil {
		return v, nil
	}
	v.absent = console.Coded(err, console.ExitUnreachable)
	if local.CheckName(v.address) == nil {
		if _, found := local.Find(v.address); errors.Is(found, fs.ErrNotExist) {
			v.absent = console.Coded(err, console.ExitNotFound)
		}
	}
	return v, v.absent
}

// ask asks the cluster, which must be there.
func (v *jobView) ask(ctx context.Context, r *job.Request) (*job.Reply, error) {
	if v.observer == nil {
		return nil, v.absent
	}
	r.Version = job.AskVersion
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, cluster.AnswerTime+job.MostWait*1e6, fmt.Errorf("there was no answer within %v", cluster.AnswerTime))
	defer cancel()
	body, err = v.observer.Ask(limited, job.Subject, body)
	if refused, ok := errors.AsType[*local.RefusedError](err); ok {
		return nil, console.Coded(refused, max(int(refused.Code), 1))
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, console.Coded(err, console.ExitUnreachable)
	}
	x := new(job.Reply)
	if err := json.Unmarshal(body, x); err != nil {
		return nil, fmt.Errorf("the cluster's answer: %w", err)
	}
	if x.Version != job.AskVersion {
		return nil, fmt.Errorf("the cluster answers in version %d, and this program knows version %d: use the same version of braid", x.Version, job.AskVersion)
	}
	return x, nil
}

// refresh asks for all jobs: now, or when something has changed.
func (v *jobView) refresh(ctx context.Context, wait bool) error {
	r := &job.Request{Do: job.Show, Select: "all"}
	if wait {
		r.Do, r.Since, r.Wait = job.Watch, v.changes, job.MostWait
	}
	x, err := v.ask(ctx, r)
	if err != nil {
		return err
	}
	v.store, v.jobs, v.changes = x.Store, x.Jobs, x.Changes
	return nil
}

// chosen returns the jobs that a selector means.
func (v *jobView) chosen(selector string) ([]job.Summary, error) {
	list, err := job.Select(v.jobs, selector)
	if _, ok := errors.AsType[*job.NotFoundError](err); ok {
		return nil, console.Coded(err, console.ExitNotFound)
	}
	if err != nil {
		return nil, console.Coded(err, console.ExitUsage)
	}
	return list, nil
}

// Close ends the connection.
func (v *jobView) Close() {
	if v.observer != nil {
		_ = v.observer.Close()
	}
}
