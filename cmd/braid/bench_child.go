package main

func serveBench() {}
