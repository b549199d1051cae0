package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// shells are those that completion knows, each with how it makes the script.
var shells = []struct {
	name   string
	script func(root *cobra.Command, b *bytes.Buffer) error
}{
	{"bash", func(root *cobra.Command, b *bytes.Buffer) error { return root.GenBashCompletionV2(b, true) }},
	{"zsh", func(root *cobra.Command, b *bytes.Buffer) error { return root.GenZshCompletion(b) }},
	{"fish", func(root *cobra.Command, b *bytes.Buffer) error { return root.GenFishCompletion(b, true) }},
	{"powershell", func(root *cobra.Command, b *bytes.Buffer) error { return root.GenPowerShellCompletionWithDesc(b) }},
}

func (e *env) completionCommand() *cobra.Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	list := strings.Join(names, ", ")
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes braid's commands in a shell",
		Long: `completion prints a script for one of the shells ` + list + `.
Once a shell has read it, the tab key completes commands, flags, and names of examples.`,
		Example: `  bash         source <(braid completion bash)              in ~/.bashrc
  zsh          braid completion zsh > "${fpath[1]}/_braid"  once
  fish         braid completion fish | source               in ~/.config/fish/config.fish
  powershell   braid completion powershell | Out-String | Invoke-Expression   in $PROFILE`,
		ValidArgs:             names,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return console.Usage(fmt.Sprintf("completion takes the name of one shell, not %d", len(args)), "shells are "+list)
			}
			for _, s := range shells {
				if s.name == args[0] {
					return e.printCompletion(cmd.Root(), s.name, s.script)
				}
			}
			return console.Unknown("shell", args[0], names)
		},
	}
}

func (e *env) printCompletion(root *cobra.Command, shell string, script func(*cobra.Command, *bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := script(root, &b); err != nil {
		return fmt.Errorf("braid completion: %w", err)
	}
	if e.JSON {
		return e.Print("completion", []console.Result{console.Single("completion."+shell, b.String(), "")})
	}
	_, err := e.Stdout.Write(b.Bytes())
	return err
}
