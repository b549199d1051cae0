//go:build !unix

package cluster

import (
	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// Commands is empty: sessions and locks, by which clusters outlive a terminal and are found again, are Unix's.
func Commands(*console.Env) []*cobra.Command { return nil }
