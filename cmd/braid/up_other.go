//go:build !unix

package main

import "github.com/spf13/cobra"

// upCommands is empty: sessions and locks, by which clusters outlive a terminal and are found again, are Unix's.
func (e *env) upCommands() []*cobra.Command { return nil }
