"""Programs that ask for one URL, their first argument, and print the status and what they got."""
import os
import shutil

from harness import run

NODE_HTTPS = """require('https').get(process.argv[1], answer => {
  let body = ''
  answer.on('data', piece => { body += piece })
  answer.on('end', () => console.log(answer.statusCode, body))
})"""
NODE_FETCH = "fetch(process.argv[1]).then(async answer => console.log(answer.status, await answer.text()))"

# A second argument: it heeds the environment.
AIOHTTP = """
import aiohttp, asyncio, sys
async def main():
    async with aiohttp.ClientSession(trust_env=len(sys.argv) > 2) as session:
        async with session.get(sys.argv[1]) as answer:
            sys.stdout.write(f"{answer.status} {await answer.text()}\\n")
asyncio.run(main())
"""

# Asks twice, by both of Java's clients: URL?old and URL?new. It ends with 4 where the first gets anything but 200.
JAVA = """
import java.net.*;
import java.net.http.*;

public class Fetch {
    public static void main(String[] arguments) throws Exception {
        System.out.println("own " + System.getProperty("own"));
        var old = (HttpURLConnection) new URL(arguments[0] + "?old").openConnection();
        System.out.println(old.getResponseCode());
        if (old.getResponseCode() != 200) System.exit(4);
        var request = HttpRequest.newBuilder(URI.create(arguments[0] + "?new")).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}
"""

GO = """package main

import ("fmt"; "io"; "net/http"; "os")

func main() {
	answer, err := http.Get(os.Args[1])
	if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(3) }
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, string(body))
}
"""


def go_environment(case):
    """Go's own places; and it fetches nothing."""
    return {"CGO_ENABLED": "0", "GOCACHE": f"{case.folder}/go-cache", "GOPATH": f"{case.folder}/go", "GOPROXY": "off",
            "GOTOOLCHAIN": "local", "GO111MODULE": "off"}


def static_go(case, source):
    """The path of the program, built to one static file."""
    if not shutil.which("go"):
        case.skipTest("go is not here")
    done = run("go", "build", "-o", f"{case.folder}/fetch", source, timeout=250,
               env={**os.environ, **go_environment(case), "HOME": case.folder})
    case.assertEqual(done.returncode, 0, done.stderr)
    return f"{case.folder}/fetch"
