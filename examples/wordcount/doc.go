// Package wordcount counts the words of texts, the classic first program of parallel computing with collections: lines,
// words of lines, how often each word occurs.
//
// Two texts are counted. A small one, of two files, is compiled into the program, so every process of it has the text. A large one
// is generated so that it is known how often each word must occur: with n words, one of them occurs n times, the
// next n-1 times, and the last once.
//
// What to do is written down once, as a [braid.Plan], and runs in one process or, unchanged, in several.
package wordcount
