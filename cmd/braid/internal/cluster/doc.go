// Package cluster has the commands about clusters of this machine that outlive the programs using them: up, which starts one
// and runs its jobs, status, down and worker. It also says which cluster is meant where none is named. On systems other than Unix there
// are no such commands.
package cluster
