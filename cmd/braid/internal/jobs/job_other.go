//go:build !unix

package jobs

import (
	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// Commands is empty: clusters that outlive their programs, which run jobs, are for Unix.
func Commands(*console.Env) []*cobra.Command { return nil }
