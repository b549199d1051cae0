//go:build !unix

package main

import "github.com/spf13/cobra"

// mapCommands is empty: process groups and signals, by which braid map ends programs, are Unix's.
func (e *env) mapCommands() []*cobra.Command { return nil }
