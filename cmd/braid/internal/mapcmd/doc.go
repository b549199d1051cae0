// Package mapcmd has the command map, which runs a program for each of many arguments and prints what came of it. (A package
// cannot be named map, which is a word of the language.) On systems other than Unix there is no such command.
package mapcmd
