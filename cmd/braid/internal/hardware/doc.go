// Package hardware has the commands hw and cores: what this machine is, what may be used of it, and which source decided.
package hardware
