package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/bench"
	"github.com/braid-compute/braid/cmd/braid/internal/cluster"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/demo"
	"github.com/braid-compute/braid/cmd/braid/internal/hardware"
	"github.com/braid-compute/braid/cmd/braid/internal/jobs"
	"github.com/braid-compute/braid/cmd/braid/internal/mapcmd"
	"github.com/braid-compute/braid/cmd/braid/internal/scaling"
)

// env is what the program takes from its surroundings.
type env struct {
	*console.Env
	examples []demo.Example
}

// run runs the command that the arguments name.
func (e *env) run(ctx context.Context) error {
	root := e.rootCommand()
	root.InitDefaultHelpCmd() // before the arguments are looked at, so that help counts as a command
	if err := e.unknownCommand(root); err != nil {
		return err
	}
	return root.ExecuteContext(ctx)
}

func (e *env) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "braid",
		Short: "The same few lines of Go on one core and on every core",
		Long: `braid runs the same few lines of Go on one core and on every core of a machine.

Results go to standard output, everything else to standard error.
Exit codes: 0 all is well, 1 a task failed or a result is wrong, 2 wrong usage, 130 interrupted.`,
		SilenceErrors:     true, // Main prints them
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return console.Unknown("command", args[0], commandNames(cmd))
			case e.JSON:
				return console.Usage("--json needs a command", "commands are "+strings.Join(commandNames(cmd), ", "))
			}
			return cmd.Help()
		},
	}
	root.SetArgs(e.Args)
	root.SetOut(e.Stdout)
	root.SetErr(e.Stderr)
	root.SetFlagErrorFunc(console.FlagError)
	root.PersistentFlags().BoolVar(&e.JSON, "json", false, "print one JSON value instead of text")
	root.SetHelpCommand(helpCommand())
	root.AddCommand(e.versionCommand(), e.completionCommand())
	root.AddCommand(demo.Command(e.Env, e.examples), scaling.Command(e.Env, demo.Names(e.examples)), bench.Command(e.Env))
	root.AddCommand(hardware.Commands(e.Env)...)
	root.AddCommand(mapcmd.Commands(e.Env)...)
	root.AddCommand(cluster.Commands(e.Env)...)
	root.AddCommand(jobs.Commands(e.Env)...)
	return root
}

// unknownCommand looks for a command that does not exist. It goes before the parsing of flags, which would otherwise
// complain first, about flags of the command that was meant.
func (e *env) unknownCommand(root *cobra.Command) error {
	found, rest, _ := root.Find(e.Args)
	if found != root {
		return nil
	}
	names := commandNames(root)
	if len(rest) > 0 && (rest[0] == cobra.ShellCompRequestCmd || rest[0] == cobra.ShellCompNoDescRequestCmd) {
		return nil // asked by the scripts of completion
	}
	if len(rest) == 0 || strings.HasPrefix(rest[0], "-") || slices.Contains(names, rest[0]) {
		return nil // a wrong flag, of which the parser will speak
	}
	return console.Unknown("command", rest[0], names)
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return console.Unknown("command", args[len(args)-max(1, len(rest))], commandNames(root))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// commandNames returns the names of the commands that help shows.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Root().Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}
