//go:build !unix

package mapcmd

import (
	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// Commands is empty: process groups and signals, by which braid map ends programs, are Unix's.
func Commands(*console.Env) []*cobra.Command { return nil }
