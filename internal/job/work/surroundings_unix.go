//go:build unix

package work

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/internal/job"
)

// surroundings are what a task has that only its worker knows: the hosts of its nodes, and devices.
type surroundings struct {
	env      []string // variables for its program
	nodeFile string   // "" if there is none
	devices  []*device
}

// surroundingsOf finds what a task is to have. Close them when it has ended.
func surroundingsOf(ctx context.Context, c *job.Compiled, t Task, hosts []string) (s *surroundings, err error) {
	s = &surroundings{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if len(hosts) > 0 {
		s.nodeFile = job.NodeFile(t.Folder, t.Number)
		if err := os.WriteFile(s.nodeFile, []byte(strings.Join(hosts, "\n")+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write down the hosts of the task: %w", err)
		}
		s.env = append(s.env, job.NodesVariable+"="+strconv.Itoa(len(hosts)), job.NodeFileVariable+"="+s.nodeFile)
	}
	if c.Needs.GPUs > 0 {
		if s.devices, err = waitForDevices(ctx, job.DeviceFolder(filepath.Dir(t.Folder)), devices(os.Getenv(job.CUDAVariable)), c.Needs.GPUs); err != nil {
			return nil, err
		}
		var names []string
		for _, d := range s.devices {
			names = append(names, d.name)
		}
		list := strings.Join(names, ",")
		s.env = append(s.env, job.CUDAVariable+"="+list, job.GPUsVariable+"="+list)
	}
	return s, nil
}

func (s *surroundings) close() {
	if s.nodeFile != "" {
		_ = os.Remove(s.nodeFile)
	}
	for _, d := range s.devices {
		d.release()
	}
}

// replaced returns an environment with other variables in place of those of the same names.
func replaced(env, others []string) []string {
	for _, o := range others {
		name, _, _ := strings.Cut(o, "=")
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
	}
	return append(env, others...)
}
