//go:build unix

package jobhost

import (
	"context"
	"fmt"
	"os"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/job/work"
)

// NodeResource is what each worker offers one of, and a task on several nodes needs on each: so they are different workers.
const NodeResource = "node"

// nodeTask runs a task of a job on several workers, of which the first runs its program. The others keep free for it what it needs.
var nodeTask = braid.Func("braid/node", runOnNodes)

func runOnNodes(ctx context.Context, t work.Task) (*work.Outcome, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	met, err := braid.Meet(ctx, []byte(host))
	if err != nil {
		return nil, fmt.Errorf("the nodes of the task: %w", err)
	}
	var o *work.Outcome
	if rank, _ := braid.Rank(ctx); rank == 0 {
		hosts := make([]string, len(met))
		for k, h := range met {
			hosts[k] = string(h)
		}
		if o, err = jobRunner.RunOn(ctx, t, hosts); err != nil {
			return nil, err
		}
	}
	_, err = braid.Meet(ctx, nil) // the program has ended
	return o, err
}
