// Package config reads the one YAML file and the environment.
//
// Reading is strict: an unknown or repeated key, a wrong type, a second document or an empty file is
// a mistake. All mistakes are found at once, each with its line, its path, what is wrong and what
// would be right; a configuration with a mistake is not returned. Every key has a default, so no
// file at all is a valid configuration.
//
// Secrets come from the environment (or files it names) only and are of type [Secret], which prints
// as <secret>. Nothing here starts, dials or logs anything. Values are read only once made.
package config
