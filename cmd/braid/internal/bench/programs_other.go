//go:build !unix

package bench

import "github.com/spf13/cobra"

// benchPrograms is for systems on which programs can be tasks.
func (e *env) benchPrograms(*benchFlags) []*cobra.Command { return nil }
