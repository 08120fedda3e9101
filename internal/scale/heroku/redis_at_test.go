package heroku

import (
	"strings"
	"testing"
)

func TestIsRedisAt(t *testing.T) {
	const (
		vars, asked = "GET /apps/enketo/config-vars", "GET /redis/v0/databases/redis-main"
		main        = `{"REDIS_URL":"rediss://:SECRET@EC2-1.example.com:7000","REDIS_TLS_URL":"rediss://:SECRET@ec2-1.example.com:7005",
			"CACHE_URL":"rediss://:SECRET@ec2-2.example.com:7000","REDIS_CACHE_URL":"rediss://:SECRET@ec2-2.example.com:7000","REDIS_BASTION_URL":"none","REDIS_CA":null,"DATABASE_URL":"postgres://:SECRET@ec2-1.example.com:7002"}`
		native = `{"name":"redis-main","resource_url":"redis://:SECRET@ec2-1.example.com:7000"}`
	)
	f := func(path, answer, address string, want bool, wrong string) {
		t.Helper()
		_, c := newFake(t, map[string]string{
			"GET /apps/enketo/addon-attachments": "[" + attachment("REDIS", "redis-main", "enketo", "enketo") + "," + attachment("CACHE", "redis-cache", "enketo", "enketo") +
				"," + attachment("REDIS_CACHE", "redis-cache", "enketo", "enketo") + "]",
			path: answer,
		})
		got, err := c.IsRedisAt(t.Context(), "enketo", "redis-main", address)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) || got != want {
			t.Errorf("%s: %v, %v", address, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v", err)
		}
	}
	f(vars, main, "rediss://:OTHER-SECRET@ec2-1.example.com:7000/1", true, "")
	f(vars, main, "rediss://ec2-1.example.com:7005", true, "")
	f(vars, main, "rediss://ec2-1.example.com:7001", false, "")
	f(vars, main, "rediss://ec2-2.example.com:7000", false, "")
	f(vars, `{"REDIS_URL":"redis://:SECRET@h"}`, "redis://h:6379", true, "")
	f(vars, main, "SECRET", false, "the address is no URL of a Redis")
	f(vars, `{"DATABASE_URL":"postgres://:SECRET@h"}`, "redis://h", false, "no address of redis-main is among them")
	f(vars+"?", "", "redis://h", false, "reading the config vars of enketo: 404")

	f(asked, native, "rediss://:SECRET@ec2-1.example.com:7000", true, "")
	f(asked, native, "rediss://:SECRET@ec2-1.example.com:7001", true, "")
	f(asked, native, "rediss://:SECRET@ec2-1.example.com:7002", false, "")
	f(asked, `{"resource_url":null}`, "redis://h", false, "reading the config vars of enketo: 404")

	_, c := newFake(t, nil)
	if _, err := c.IsRedisAt(t.Context(), "a/b", "redis-main", "redis://h"); err == nil || !strings.Contains(err.Error(), "is no name") {
		t.Errorf("%v", err)
	}
}
