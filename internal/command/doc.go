// Package command writes the command lines of tasks that are programs: a template with fields becomes the arguments of one
// task, byte for byte.
//
//	t, err := command.Parse("python3 sim.py --out {/.}.csv {}", command.Auto)
//	err = t.Check(command.Inputs{Lists: 1})
//	argv := t.Expand(command.Task{Number: 1, Args: []string{"data/a b.txt"}})
//
// # Fields
//
// A field is a pair of braces around what it stands for, and then around which part of it:
//
//	{}  {1}  {name}    the argument; the argument of the first list; that of the column "name"
//	{#}                the number of the task, from 1 on
//	{/}  {2/}          the argument's base name, as basename(1) has it
//	{//} {2//}         its folder, as dirname(1) has it
//	{.}  {name.}       the argument without its extension
//	{/.} {1/.}         its base name without the extension
//
// "{{" stands for one "{", and so does "\{" in a text that is split. Braces around anything else stand for themselves.
//
// # One text, or a list of words
//
// [Argv] takes the words of a command as they are. [Parse] takes one text, and splits it into words as a shell would: at
// blanks; what is between single quotes stays as it is; between double quotes a backslash stands for itself unless it
// precedes one of $ ` " \ or a newline; elsewhere a backslash takes the meaning from the next character. An argument that
// comes in place of a field is never split and never read as syntax.
//
// A text that holds unquoted syntax of a shell (one of | & ; < > ( ) $ ` * ? [, a newline, a "#" or "~" at the beginning of a
// word, or "name=" before the program), or $ or ` between double quotes, is run by "sh -c". Arguments then reach the shell as
// its positional parameters, and "${1}" stands in the script where the field was, with the quotes that its place needs. So no
// argument is ever parsed by the shell, whatever is in it.
//
// # Limits
//
// In a text for a shell no field may follow the beginning of a here-document, because quoting has other rules there. "${" is
// the shell's own in such a text, so "${1}" is no field there. What a program, such as sh or ssh, does with an argument that it
// takes for code is its own affair.
package command
