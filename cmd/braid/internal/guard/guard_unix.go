//go:build unix

package guard

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command/process"
)

// Command is run by map itself, and by workers that run jobs, so that nothing they started outlives them.
func Command() *cobra.Command {
	return &cobra.Command{
		Use: "map-guard", Hidden: true, Args: console.NoArguments,
		RunE: func(*cobra.Command, []string) error { return process.Serve() },
	}
}

// Start starts this program as a guard.
func Start(t *process.Table) (*process.Guard, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		path = "/proc/self/exe" // also when the file was replaced since
	}
	return process.StartGuard(path, []string{os.Args[0], "map-guard"}, t)
}
