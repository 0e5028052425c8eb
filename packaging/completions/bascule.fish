# fish completion for bascule; tests/completions.py compares it with the command line
function __bascule_at
    set -l words (commandline -opc)
    set -l last (math 1 + (count $argv))
    test "$words[2..$last]" = "$argv"
end
function __bascule_exactly
    set -l words (commandline -opc)
    test "$words[2..]" = "$argv"
end
complete -c bascule -f
complete -c bascule -l help -d 'usage'
complete -c bascule -n '__bascule_exactly' -l version -d 'print the version'
complete -c bascule -n '__bascule_exactly' -a run -d 'serve in the foreground'
complete -c bascule -n '__bascule_exactly' -a watch -d 'show the HTTP of programs'
complete -c bascule -n '__bascule_exactly' -a check -d 'check a configuration'
complete -c bascule -n '__bascule_exactly' -a explain -d 'tell which rule decides'
complete -c bascule -n '__bascule_exactly' -a ca -d 'the certificate authority'
complete -c bascule -n '__bascule_exactly' -a learned -d 'the passthrough that was learned'
complete -c bascule -n '__bascule_exactly' -a schema -d 'print the JSON Schema'
complete -c bascule -n '__bascule_exactly' -a version -d 'print the version'
complete -c bascule -n '__bascule_exactly' -a ctl -d 'talk to the running daemon'
complete -c bascule -n '__bascule_exactly ca' -a create -d 'make a CA'
complete -c bascule -n '__bascule_exactly learned' -a list -d 'list it'
complete -c bascule -n '__bascule_exactly learned' -a forget -d 'forget what matches'
complete -c bascule -n '__bascule_at run' -l config -r -F -d 'configuration file'
complete -c bascule -n '__bascule_at run' -l listen -x -d 'IP:PORT to listen on instead'
complete -c bascule -n '__bascule_at watch' -l listen -x -d 'IP:PORT on loopback'
complete -c bascule -n '__bascule_at watch' -l config -r -F -d 'a configuration of one\'s own'
complete -c bascule -n '__bascule_at watch' -l capture -d 'for programs that know no proxy'
complete -c bascule -n '__bascule_at watch' -l headers -d 'show header fields'
complete -c bascule -n '__bascule_at watch' -l body -d 'show whole messages'
complete -c bascule -n '__bascule_at watch' -l json -d 'write JSON lines'
complete -c bascule -n '__bascule_at watch' -l har -r -F -d 'write exchanges as HAR 1.2'
complete -c bascule -n '__bascule_at check' -l config -r -F -d 'configuration file'
complete -c bascule -n '__bascule_at explain' -l config -r -F -d 'configuration file'
complete -c bascule -n '__bascule_at explain' -l listener -x -d 'name of the listener'
complete -c bascule -n '__bascule_at explain' -l source -x -d 'the client\'s IP address'
complete -c bascule -n '__bascule_at explain' -l server-name -x -d 'server name of the hello'
complete -c bascule -n '__bascule_at explain' -l destination -x -d 'IP:PORT of the origin'
complete -c bascule -n '__bascule_at explain' -l alpn -x -d 'protocols that the client offers'
complete -c bascule -n '__bascule_at explain' -l protocol -x -a 'tls http other' -d 'what the client speaks'
complete -c bascule -n '__bascule_at explain' -l settings -d 'which values apply, and from where'
complete -c bascule -n '__bascule_at explain' -l json -d 'answer in JSON'
complete -c bascule -n '__bascule_at ca create' -l directory -x -a '(__fish_complete_directories)' -d 'where to write'
complete -c bascule -n '__bascule_at ca create' -l name -x -d 'common name'
complete -c bascule -n '__bascule_at ca create' -l key -x -a 'ecdsa-p256 rsa-3072' -d 'kind of key'
complete -c bascule -n '__bascule_at ca create' -l lifetime -x -d 'how long it is valid'
complete -c bascule -n '__bascule_at ca create' -l permit -x -d 'only for this'
complete -c bascule -n '__bascule_at ca create' -l exclude -x -d 'never for this'
complete -c bascule -n '__bascule_at learned list' -l config -r -F -d 'configuration file'
complete -c bascule -n '__bascule_at learned list' -l json -d 'one JSON object a line'
complete -c bascule -n '__bascule_at learned forget' -l client -x -d 'of this client'
complete -c bascule -n '__bascule_at learned forget' -l server-name -x -d 'of this name'
complete -c bascule -n '__bascule_at learned forget' -l all -d 'all of it'
