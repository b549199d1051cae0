//go:build !unix

package main

import "github.com/spf13/cobra"

// jobCommands is empty: clusters that outlive their programs, which run jobs, are for Unix.
func (e *env) jobCommands() []*cobra.Command { return nil }
